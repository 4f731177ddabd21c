"""Can this deployment do its work right now? The store answers and has our tables, Temporal answers, a worker polls."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from time import monotonic
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from domain.base import Frozen
from services.journeys import Journeys, JourneyUnavailable
from store.engine import revision
from store.engine.columns import real_now
from store.engine.database import Database

_CHECK_TIMEOUT = 2.0  # seconds for each look; they are taken at the same time
_CACHE_SECONDS = 1.0  # seconds that an answer is good for: load balancers ask often
# An idle worker's poll lasts a minute and is renewed at once, so one that lives was seen within that.
POLLED_WITHIN = timedelta(seconds=70)


class Check(Frozen):
    """One thing that must be so. `reason`: what is wrong, for the operator."""

    ok: bool
    reason: str = ""


class Readiness(Frozen):
    """`temporal` or `worker` not ok: webhooks are still taken and reads still answered; commands are not."""

    ok: bool
    database: Check
    tables: Check
    temporal: Check
    worker: Check


Probe = Callable[[], Coroutine[None, None, str]]
CheckName = Literal["database", "tables", "temporal", "worker"]


class ReadinessProbe:
    """Looks at most once a second, however many ask."""

    def __init__(self, db: Database, journeys: Journeys, polled_within: timedelta = POLLED_WITHIN) -> None:
        self._db, self._journeys = db, journeys
        self._polled_within = polled_within
        self._known: tuple[float, Readiness] | None = None
        self._lock = asyncio.Lock()

    async def readiness(self) -> Readiness:
        """What was so at most a second ago."""
        async with self._lock:
            if self._known is None or monotonic() - self._known[0] > _CACHE_SECONDS:
                self._known = monotonic(), await self._probe_all()
            return self._known[1]

    async def _probe_all(self) -> Readiness:
        looks: dict[CheckName, Probe] = {
            "database": self._database,
            "tables": self._tables,
            "temporal": self._temporal,
            "worker": self._worker,
        }
        found = dict(zip(looks, await asyncio.gather(*map(_with_timeout, looks.values())), strict=True))
        return Readiness(ok=all(check.ok for check in found.values()), **found)

    async def _database(self) -> str:
        async with self._db.read() as session:
            await (await session.connection()).execute(text("SELECT 1"))
        return ""

    async def _tables(self) -> str:
        there, wanted = await revision.current_revision(self._db), revision.latest_revision()
        return "" if there == wanted else f"they are of revision {there}, not {wanted}"

    async def _temporal(self) -> str:
        return "" if await self._journeys.reachable() else "it does not answer"

    async def _worker(self) -> str:
        seen = await self._journeys.last_worker_poll()
        if seen is None:
            return "no worker polls the task queue"
        ago = real_now() - seen
        return f"a worker was last seen {ago.total_seconds():.0f} s ago" if ago > self._polled_within else ""


async def _with_timeout(probe: Probe) -> Check:
    """Given up is given up: a driver may take its time to let go of a server that stands still, nobody waits for that."""
    looking = asyncio.ensure_future(probe())
    done, _ = await asyncio.wait({looking}, timeout=_CHECK_TIMEOUT)
    if not done:
        looking.cancel()
        looking.add_done_callback(_ignore_result)
        return Check(ok=False, reason=f"no answer within {_CHECK_TIMEOUT:g} s")
    try:
        why = looking.result()
    except JourneyUnavailable:
        why = "Temporal does not say"
    except (SQLAlchemyError, OSError) as problem:
        why = f"it does not answer ({type(problem).__name__})"
    return Check(ok=not why, reason=why)


def _ignore_result(looking: asyncio.Future[str]) -> None:
    if not looking.cancelled():
        looking.exception()
