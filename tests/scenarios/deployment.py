"""A real `smot up` as a process, on which the scenarios run."""

import asyncio
import json
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

from runtime.config.settings import Settings
from tests.databases import Reader, rows, setting
from tests.patience import PATIENCE, STARTUP
from tests.scenarios.command_line import RunningSmot, start_smot


class Deployment:
    """One `smot up` on free ports. `env`: arms failpoints or changes settings.

    `database`: an empty PostgreSQL database by URL; None means SQLite in its folder. `env` with a variable of Python itself
    starts it as an operator does, in an interpreter of its own.
    """

    def __init__(self, data: Path, env: Mapping[str, str] | None = None, database: str | None = None) -> None:
        self.data = data
        self.env = dict(env or {})
        self.database = database or f"sqlite+aiosqlite:///{data.absolute() / 'smot.db'}"
        if database is not None:
            self.env["SMOT_DATABASE"] = setting(database)
        self.addresses: dict[str, str] = {}
        self.process: RunningSmot | asyncio.subprocess.Process | None = None

    async def open(self, port: int = 0) -> None:
        words = ("up", "--data", str(self.data), "--port", str(port), "--json")
        with (self.data.parent / f"{self.data.name}.up.log").open("ab") as log:
            self.process = await start_smot(*words, env=self.env, err=log)
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(STARTUP):
                line = (await self.process.stdout.readline()).decode()
            assert line.startswith("ready "), f"smot up printed {line!r}; see {log.name}"
        except BaseException:
            await self.kill()
            raise
        self.addresses = json.loads(line.removeprefix("ready "))

    @property
    def settings(self) -> Settings:
        """For commands that work on it from this process."""
        return Settings(data=self.data, database=self.env.get("SMOT_DATABASE"))

    @property
    def port(self) -> int:
        return int(self.addresses["api"].rpartition(":")[2])

    @property
    def admin_key(self) -> str:
        return Path(self.addresses["admin_key_file"]).read_text().strip()

    def reader(self) -> Reader:
        """A connection to our database beside it, for what no HTTP answer shows."""
        return Reader(self.database)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return rows(self.database, query, *values)

    async def ensure_ready(self) -> None:
        """Start it anew, on its data, unless it answers as ready: another test's failure may have left it dead or paused."""
        try:
            async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as http:
                while not await self._is_ready(http):
                    await asyncio.sleep(0.1)
        except (aiohttp.ClientError, TimeoutError):
            await self.kill()
            await self.open()

    async def _is_ready(self, http: aiohttp.ClientSession) -> bool:
        async with http.get(self.addresses["api"] + "/readyz") as answer:
            return answer.status == 200

    async def close(self) -> int:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STARTUP):
            return await self.process.wait()

    async def kill(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
