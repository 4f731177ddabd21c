"""Is the process alive, and can it do its work?"""

from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.auth import PUBLIC
from api.endpoint import Call, Reply, endpoint
from api.services import Services
from domain.base import Fact


class Health(Fact):
    """`temporal` down: webhooks are still taken and reads still answered; commands are not."""

    ok: bool
    database: Literal["up", "down"]
    temporal: Literal["up", "down"]


class Alive(Fact):
    ok: bool = True


@endpoint("GET", "/healthz", roles=PUBLIC, tags=("health",))
async def healthz(call: Call[Services]) -> Alive:
    """The process answers."""
    return Alive()


@endpoint("GET", "/readyz", roles=PUBLIC, tags=("health",), also=(503,))
async def readyz(call: Call[Services]) -> Reply[Health]:
    """Database and Temporal answer too; 503 while one of them does not."""
    database: Literal["up", "down"] = "up"
    try:
        async with call.services.db.read() as session:
            await (await session.connection()).execute(text("SELECT 1"))
    except SQLAlchemyError:
        database = "down"
    temporal: Literal["up", "down"] = "up" if await call.services.journeys.reachable() else "down"
    health = Health(ok=database == temporal == "up", database=database, temporal=temporal)
    return Reply(health, status=200 if health.ok else 503)
