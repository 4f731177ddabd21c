"""Is the process alive, and can it do its work?"""

from api.auth import PUBLIC
from api.endpoint import Call, Reply, endpoint
from api.readiness import Readiness
from api.services import Services
from domain.base import Fact


class Alive(Fact):
    ok: bool = True


@endpoint("GET", "/healthz", roles=PUBLIC, tags=("health",))
async def healthz(call: Call[Services]) -> Alive:
    """The process answers."""
    return Alive()


@endpoint("GET", "/readyz", roles=PUBLIC, tags=("health",), also=(503,))
async def readyz(call: Call[Services]) -> Reply[Readiness]:
    """The store, its tables, Temporal and a worker, each with what is wrong; 503 while one of them is not as it should be."""
    found = await call.services.lookout.readiness()
    return Reply(found, status=200 if found.ok else 503)
