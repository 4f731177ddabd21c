"""A deployment as on a cluster, in processes that may be killed: API, worker, dispatcher, Temporal, PostgreSQL, provider."""

import asyncio
import base64
import json
import os
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Literal

import aiohttp

from domain.actors import Role
from failpoints.catalogue import CALL_SITES
from runtime.config.ports import choose_port
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.deployment_keys import open_deployment_keys
from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.verify import Sources, VerificationReport, verify
from runtime.verify.sandbox_provider import SandboxProvider
from runtime.verify.temporal_runs import TemporalJourneys
from services.journeys import Journeys
from store.engine.database import Database
from store.engine.queue import LEASE
from store.idempotency import StoreIdempotency
from store.inbox.inbox import Inbox
from store.merchants.api_keys import ApiKeys, KeyToCreate
from store.migrations import upgrade
from store.privacy.encryption import DeploymentKeys
from tests.chaos.killable_deployment import alive, until
from tests.chaos.recording_receiver import RecordingReceiver
from tests.databases import rows
from tests.patience import PATIENCE
from tests.postgres import Postgres

Target = Literal["api", "worker", "temporal", "postgresql", "dispatcher"]
TARGETS: tuple[Target, ...] = ("api", "worker", "temporal", "postgresql", "dispatcher")
FORKED = ("payments", "worker", "dispatcher", "api")  # in the order of their start
_MAX_PAUSE = PATIENCE  # seconds that a process pauses at a point at most
_POLL_INTERVAL = 0.02
_QUEUES = ("outbox", "webhook_deliveries", "inbox")  # of which `verify` asks that nothing waits


class Stack:
    """Opened by `open`. All failpoints are armed to pause and are spent; `arm` arms one again.

    A part that ends without being killed is started again, as a supervisor does, and counted in `fell`.
    """

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.spent = folder / "spent"
        self.spent.mkdir(parents=True)
        for point in CALL_SITES:
            (self.spent / point).touch()
        self.pids: dict[str, int] = {}
        self.unexpected_exits: Counter[str] = Counter()
        self.addresses: dict[str, str] = {}
        self._signalled: set[str] = set()
        self._env = dict(env or {})
        self._open = ExitStack()
        self._supervisor: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    async def open(self) -> None:
        """Start everything, one part after the other, as they need each other."""
        argv = (sys.executable, "-m", "tests.chaos.fork_server")
        self._fork_server = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        self.receiver = RecordingReceiver()
        await self.receiver.open()
        self.postgres = self._open.enter_context(Postgres.running())
        self.temporal = EmbeddedTemporal(self.folder / "temporal.db")
        await self.temporal.start()
        database = await self.postgres.create("smot")
        api, psp = choose_port(None, ""), choose_port(None, "")
        self.env = {
            "SMOT_DATA": str(self.folder),
            "SMOT_DATABASE": database,
            "SMOT_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "SMOT_TEMPORAL": self.temporal.address,
            "SMOT_PSP": f"http://127.0.0.1:{psp}",
            "SMOT_PORT": str(api),
            "SMOT_PROVIDER_TIMEOUT": "2",
            "SMOT_WEBHOOK_EGRESS": "anywhere",
            "SMOT_FAILPOINTS": ",".join(f"{point}=pause:{_MAX_PAUSE}" for point in CALL_SITES),
            "SMOT_FAILPOINTS_ONCE": str(self.spent),
            "CHAOS_PSP_PORT": str(psp),
            **self._env,
        }
        self.settings = Settings(
            database=database, temporal=self.temporal.address, master_key=self.env["SMOT_MASTER_KEY"]
        )
        await upgrade(self.settings.database_url)
        self.db = Database(self.settings.database_url)
        made = await ApiKeys(self.db, await self.keys()).create(None, KeyToCreate(Role.ADMIN))
        assert made is not None
        self.admin_key = made.text
        self.addresses = {
            "api": f"http://127.0.0.1:{api}",
            "psp": self.env["SMOT_PSP"],
            "data": str(self.folder),
        }
        for name in FORKED:
            assert await self.start(name), f"{name} did not start; see its log in {self.folder}"
        self.client = await connect(self.settings)
        self.journeys = Journeys(self.client)
        self._supervisor = asyncio.create_task(self._supervise())

    async def close(self) -> None:
        """Stop everything; written data stay in the folder."""
        if self._supervisor is not None:
            self._supervisor.cancel()
        with suppress(ProcessLookupError):
            self._fork_server.kill()
        await self._fork_server.wait()
        if self.pids:
            await self.db.close()
        await self.temporal.stop()
        await self.receiver.close()
        self._open.close()

    async def start(self, name: str) -> bool:
        """Fork that part and wait until it is ready. Returns False when it ended instead, as a dependency is down."""
        async with self._starting:
            ready = self.folder / f"{name}.ready"
            order = {
                "main": name,
                "env": self.env,
                "log": str(self.folder / f"{name}.log"),
                "ready": str(ready),
            }
            assert self._fork_server.stdin is not None
            assert self._fork_server.stdout is not None
            self._fork_server.stdin.write(json.dumps(order).encode() + b"\n")
            pid = self.pids[name] = int(await self._fork_server.stdout.readline())
            deadline = time.monotonic() + PATIENCE
            while not (await self._payments_ready() if name == "payments" else _is_ready(ready, pid)):
                if not alive(pid):
                    return False
                assert time.monotonic() < deadline, f"{name} does not get ready; see {order['log']}"
                await asyncio.sleep(_POLL_INTERVAL)
        return True

    async def _payments_ready(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(self.addresses["psp"] + "/healthz") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _supervise(self) -> None:
        """What a supervisor does: a part that ended by itself is started again."""
        while True:
            for name in FORKED:
                if name not in self._signalled and not alive(self.pids[name]):
                    self.unexpected_exits[name] += 1
                    await self.start(name)
            await asyncio.sleep(0.1)

    # Points

    def arm(self, point: str) -> None:
        (self.spent / f"{point}.paused").unlink(missing_ok=True)
        (self.spent / point).unlink()

    def reached(self, point: str) -> bool:
        """Whether a process has reached the point since it was armed."""
        return (self.spent / point).exists()

    def disarm(self, point: str) -> None:
        """Resume the process that is paused there, and pause no other there."""
        (self.spent / point).touch()
        (self.spent / f"{point}.paused").unlink(missing_ok=True)

    async def until_paused(self, point: str, seconds: float = PATIENCE) -> int:
        """The process that is paused there."""
        here = self.spent / f"{point}.paused"
        await until(here.exists, seconds)
        return int(here.read_text())

    # Kills

    def send_signal(self, target: Target, number: signal.Signals) -> None:
        """Send that signal to every process of the target; PostgreSQL's signal for an orderly end is SIGINT."""
        self._signalled.add(target)
        if target == "postgresql":
            {
                signal.SIGKILL: self.postgres.kill,
                signal.SIGTERM: self.postgres.stop,
                signal.SIGSTOP: self.postgres.freeze,
            }[number]()
            return
        pid = self.pids.get(target) or self.temporal.process.pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    async def restore(self, target: Target, number: signal.Signals) -> None:
        """Restart or resume the target of that signal."""
        if number == signal.SIGSTOP:
            self._thaw(target)
        elif target == "postgresql":
            self.postgres.start()
        elif target == "temporal":
            await self.temporal.process.wait_exited()
            await self.temporal.process.start()
        else:
            await until(lambda: not alive(self.pids[target]))
            await self.start(target)
        self._signalled.discard(target)

    def _thaw(self, target: Target) -> None:
        if target == "postgresql":
            self.postgres.thaw()
            return
        pid = self.pids.get(target) or self.temporal.process.pid
        if pid is not None:
            os.kill(pid, signal.SIGCONT)

    # Checks

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of our database, read beside it."""
        return rows(self.settings.database_url, query, *values)

    async def keys(self) -> DeploymentKeys:
        return await open_deployment_keys(self.settings, self.db)

    async def until_idle(self) -> None:
        """Until nothing that is due waits in a queue: what a killed dispatcher had claimed waits for the end of its lease."""
        due = " UNION ALL ".join(
            f"SELECT 1 FROM {table} WHERE status = 'queued' AND not_before <= now()" for table in _QUEUES
        )
        await until(lambda: not self.rows(f"{due} LIMIT 1"), LEASE.total_seconds() + PATIENCE)

    async def run_verify(self) -> VerificationReport:
        """The report of `smot verify --quiesced`."""
        keys = await self.keys()
        answers, inbox = StoreIdempotency(self.db, keys), Inbox(self.db, keys)
        provider = SandboxProvider(self.addresses["psp"])
        sources = Sources(self.db, provider, TemporalJourneys(self.client), answers, inbox)
        return await verify(sources, quiesced=True)


def _is_ready(ready: Path, pid: int) -> bool:
    return ready.exists() and ready.read_text() == str(pid)
