"""Whether this deployment can do its work now: the store answers and has our tables, Temporal answers, a worker polls."""

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

_CHECK_TIMEOUT = 2.0  # seconds for each check; they run at the same time
_CACHE_SECONDS = 1.0  # seconds that a result is reused: load balancers ask often
# The poll of an idle worker lasts a minute and is renewed at once, so a live worker has polled within that time.
POLLED_WITHIN = timedelta(seconds=70)


class Check(Frozen):
    """One thing that must be so."""

    ok: bool
    """Whether it is so."""
    reason: str = ""
    """What is wrong, for the operator."""


class Readiness(Frozen):
    """Whether this process can work.

    Without Temporal or worker, webhooks are still taken and reads still answered; commands are not.
    """

    ok: bool
    """Whether everything is so."""
    database: Check
    """The database answers."""
    tables: Check
    """Its tables are those of this version."""
    temporal: Check
    """The Temporal server answers."""
    worker: Check
    """A worker polls."""


Probe = Callable[[], Coroutine[None, None, str]]
CheckName = Literal["database", "tables", "temporal", "worker"]


class ReadinessProbe:
    """Checks at most once a second, whatever the number of requests."""

    def __init__(self, db: Database, journeys: Journeys, polled_within: timedelta = POLLED_WITHIN) -> None:
        self._db, self._journeys = db, journeys
        self._polled_within = polled_within
        self._cached: tuple[float, Readiness] | None = None
        self._lock = asyncio.Lock()

    async def readiness(self) -> Readiness:
        """The result of at most a second ago."""
        async with self._lock:
            if self._cached is None or monotonic() - self._cached[0] > _CACHE_SECONDS:
                self._cached = monotonic(), await self._probe_all()
            return self._cached[1]

    async def _probe_all(self) -> Readiness:
        probes: dict[CheckName, Probe] = {
            "database": self._database,
            "tables": self._tables,
            "temporal": self._temporal,
            "worker": self._worker,
        }
        checks = await asyncio.gather(*map(_with_timeout, probes.values()))
        found = dict(zip(probes, checks, strict=True))
        return Readiness(ok=all(check.ok for check in checks), **found)

    async def _database(self) -> str:
        async with self._db.read() as session:
            await (await session.connection()).execute(text("SELECT 1"))
        return ""

    async def _tables(self) -> str:
        current, latest = await revision.current_revision(self._db), revision.latest_revision()
        return "" if current == latest else f"they are of revision {current}, not {latest}"

    async def _temporal(self) -> str:
        return "" if await self._journeys.reachable() else "it does not answer"

    async def _worker(self) -> str:
        polled_at = await self._journeys.last_worker_poll()
        if polled_at is None:
            return "no worker polls the task queue"
        ago = real_now() - polled_at
        return f"a worker last polled {ago.total_seconds():.0f} s ago" if ago > self._polled_within else ""


async def _with_timeout(probe: Probe) -> Check:
    """The check's result within the timeout. A driver that needs time to release a hanging server is not waited for."""
    running = asyncio.ensure_future(probe())
    done, _ = await asyncio.wait({running}, timeout=_CHECK_TIMEOUT)
    if not done:
        running.cancel()
        running.add_done_callback(_ignore_result)
        return Check(ok=False, reason=f"no answer within {_CHECK_TIMEOUT:g} s")
    try:
        reason = running.result()
    except JourneyUnavailable:
        reason = "Temporal does not answer"
    except (SQLAlchemyError, OSError) as problem:
        reason = f"it does not answer ({type(problem).__name__})"
    return Check(ok=not reason, reason=reason)


def _ignore_result(running: asyncio.Future[str]) -> None:
    if not running.cancelled():
        running.exception()
