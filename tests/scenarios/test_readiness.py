"""Readiness means ready: each dependency is taken away in turn, and named; afterwards all is ready again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from tests.chaos.killable_deployment import KillableDeployment
from tests.databases import with_driver
from tests.patience import PATIENCE
from tests.postgres import Postgres

PARTS = ("database", "tables", "temporal", "worker")
# Polls that end after a second, so that a missing worker is noticed after three seconds instead of seventy.
BRIEF = {
    "SMOT_TEMPORAL_CONFIG": '{"matching.longPollExpirationInterval": "1s"}',
    "SMOT_WORKER_POLL_MAX_AGE": "PT3S",
}


class ReadinessCheck:
    """A deployment, and its own health report."""

    def __init__(self, deployment: KillableDeployment, server: Postgres, http: aiohttp.ClientSession) -> None:
        self.deployment, self.server, self._http = deployment, server, http

    async def readiness(self) -> tuple[int, dict[str, Any]]:
        async with (
            asyncio.timeout(PATIENCE),
            self._http.get(self.deployment.addresses["api"] + "/readyz") as answer,
        ):
            return answer.status, await answer.json()

    async def is_alive(self) -> bool:
        async with (
            asyncio.timeout(PATIENCE),
            self._http.get(self.deployment.addresses["api"] + "/healthz") as answer,
        ):
            return answer.status == 200

    async def until(self, missing: set[str]) -> dict[str, Any]:
        """The report once exactly these are not ok."""
        async with asyncio.timeout(PATIENCE):
            while True:
                status, report = await self.readiness()
                if {part for part in PARTS if not report[part]["ok"]} == missing:
                    assert (status, report["ok"]) == ((503, False) if missing else (200, True))
                    assert await self.is_alive(), "the process itself is well"
                    return report
                await asyncio.sleep(0.2)

    @contextmanager
    def frozen(self, part: str) -> Iterator[None]:
        pid = self.deployment.parts()[part]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def readiness(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReadinessCheck]:
    """On its own PostgreSQL server, which may be killed."""
    with Postgres.running() as server:
        data: Path = tmp_path_factory.mktemp("watched") / "data"
        deployment = KillableDeployment(data, BRIEF, with_driver(await server.create("watched")))
        await deployment.open()
        async with aiohttp.ClientSession() as http:
            yield ReadinessCheck(deployment, server, http)
        await deployment.close()


async def test_a_healthy_deployment_is_ready(readiness: ReadinessCheck) -> None:
    report = await readiness.until(set())
    assert report == {"ok": True, **{part: {"ok": True, "reason": ""} for part in PARTS}}


async def test_a_hanging_worker_is_reported(readiness: ReadinessCheck) -> None:
    with readiness.frozen("worker"):
        report = await readiness.until({"worker"})
        assert "worker" in report["worker"]["reason"]
    await readiness.until(set())


async def test_a_hanging_temporal_is_reported_and_the_worker_is_unknown(readiness: ReadinessCheck) -> None:
    with readiness.frozen("temporal"):
        report = await readiness.until({"temporal", "worker"})
        assert "answer" in report["temporal"]["reason"]
        assert "Temporal" in report["worker"]["reason"] or "answer" in report["worker"]["reason"]
    await readiness.until(set())


async def test_tables_of_another_version_are_reported(readiness: ReadinessCheck) -> None:
    there = await _revision(readiness, "0000")
    report = await readiness.until({"tables"})
    assert report["tables"]["reason"] == f"they are of revision 0000, not {there}"
    await _revision(readiness, there)
    await readiness.until(set())


@pytest.mark.parametrize("take_away", ["freeze", "kill"])
async def test_an_unavailable_store_is_reported(readiness: ReadinessCheck, take_away: str) -> None:
    disable: Callable[[], None] = getattr(readiness.server, take_away)
    restore = readiness.server.thaw if take_away == "freeze" else readiness.server.start
    disable()
    try:
        report = await readiness.until({"database", "tables"})
        assert "answer" in report["database"]["reason"]
    finally:
        restore()
    await readiness.until(set())


async def _revision(readiness: ReadinessCheck, wanted: str) -> str:
    """Put another revision into the table of revisions. Returns the one before."""
    connection = await asyncpg.connect(readiness.server.url("watched"))
    try:
        before: str = await connection.fetchval("SELECT version_num FROM alembic_version")
        await connection.execute("UPDATE alembic_version SET version_num = $1", wanted)
        return before
    finally:
        await connection.close()
