"""`smot up`: everything on one machine. One process supervises and serves; Temporal, worker and simulators are its children."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from domain.actors import Actor, Role
from runtime.config.deployment_file import DeploymentFile, last_addresses
from runtime.config.ports import HOST, choose_port_again
from runtime.config.private_file import create_file
from runtime.config.schema import upgrade_schema
from runtime.config.secrets import master_keys
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.message_templates import make_renderer
from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.processes.lifecycle import cancelled_by, shutdown_event, supervise, together
from runtime.processes.log_rotation import rotate_forever
from runtime.processes.managed_process import ManagedProcess, keep_running
from runtime.processes.simulators import carrier_simulator, payment_sandbox
from runtime.processes.worker_processes import worker_process
from runtime.telemetry.temporal_metrics import start_sdk
from services.merchants.keys import KeyService
from store.engine.database import Database

if TYPE_CHECKING:
    from runtime.wiring import ApiParts

log = logging.getLogger(__name__)

# It imports the most, and does so while the other processes start.
_API = "runtime.processes.api_server"


async def up(settings: Settings, on_ready: Callable[[DeploymentFile], None]) -> None:
    """Run until SIGINT or SIGTERM; `on_ready` is called once everything is ready. `check_start` was called before.

    Raises StartupError, StoppedWhileStarting, TaskFailed.
    """
    stop = shutdown_event()
    start_sdk()
    async with contextlib.AsyncExitStack() as exits:
        async with cancelled_by(stop):
            running = await exits.enter_async_context(stack(settings, stop))
        on_ready(running)
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def stack(settings: Settings, stop: asyncio.Event) -> AsyncIterator[DeploymentFile]:
    """All parts, started in the order in which they need each other and stopped in reverse order.

    `stop` is set when a part cannot be kept running.
    """
    os.umask(0o077)  # databases and logs hold orders: only their owner may read them
    make_renderer(
        settings.message_templates
    )  # here, so that a broken template is reported before a process is started
    temporal = _embedded_temporal(settings)
    async with contextlib.AsyncExitStack() as exits:
        parts = _Parts(exits, stop)
        exits.push_async_callback(temporal.stop)
        await temporal.lock()
        importing = asyncio.create_task(asyncio.to_thread(import_module, _API))
        beside = together(parts.start_simulators(settings), upgrade_schema(settings))
        _, ((psp, carriers), _) = await together(temporal.start(), beside)
        master_keys(
            settings
        )  # created here at the first start, so that worker and API do not create one each
        db = Database(settings.database_url)
        exits.push_async_callback(db.close)
        settings = settings.model_copy(update={"temporal": temporal.address, "psp": psp})
        await importing
        worker, made = await together(parts.start_worker(settings), _make_api(settings, db))
        api = await parts.start_api_and_dispatcher(settings, made, keep=(temporal.process, worker))
        yield _deployment_file(settings, api, carriers)


@dataclass(frozen=True)
class _Parts:
    """Starts parts. `exits` stops them in reverse order; `stop` is set when one cannot be kept running."""

    exits: contextlib.AsyncExitStack
    stop: asyncio.Event

    async def start_simulators(self, settings: Settings) -> tuple[str, str]:
        """Start the payment provider and the carrier simulator, unless others are set; return their base URLs."""
        last = last_addresses(settings.deployment_file)
        return await together(
            self._start_payments(settings, last.get("psp", "")),
            self._start_carriers(settings, last.get("carriers", "")),
        )

    async def _start_payments(self, settings: Settings, last: str) -> str:
        if settings.psp is not None:
            return settings.psp
        port = choose_port_again("payment provider", settings.psp_port, "SMOT_PSP_PORT", last)
        return await self._start_simulator(payment_sandbox(settings.data / "psp.db", port), port)

    async def _start_carriers(self, settings: Settings, last: str) -> str:
        if settings.simulator is not None:
            return settings.simulator
        port = choose_port_again("carrier simulator", settings.simulator_port, "SMOT_SIMULATOR_PORT", last)
        return await self._start_simulator(carrier_simulator(settings.data / "carriers.db", port), port)

    async def _start_simulator(self, simulator: ManagedProcess, port: int) -> str:
        await simulator.start()
        self.exits.push_async_callback(simulator.stop)
        await self._keep_running(simulator)
        return f"http://{HOST}:{port}"

    async def start_worker(self, settings: Settings) -> ManagedProcess:
        """Start the worker and return its process."""
        ready, log_file = settings.data / "worker.ready", settings.data / "worker.log"
        worker = worker_process(settings, "worker", ready, log=log_file)
        await worker.start()
        self.exits.push_async_callback(worker.stop)
        return worker

    async def start_api_and_dispatcher(
        self, settings: Settings, made: "ApiParts", *, keep: tuple[ManagedProcess, ManagedProcess]
    ) -> str:
        """Serve the API, run the dispatcher, keep Temporal and worker running; return the API's base URL."""
        from runtime.processes.api_server import running_api

        await self.exits.enter_async_context(made.dispatcher.registered())
        api = await self.exits.enter_async_context(running_api(settings, made, settings.port, embedded=True))
        await _ensure_admin_key(settings, made.services.merchants.keys)
        temporal, worker = keep
        # A new worker polls at once; the old one would wait for its back-off after the server was restarted.
        await self._keep_running(temporal, worker, restarted=worker.stop)
        dispatching = supervise(self.stop, made.dispatcher.run(), drain=made.dispatcher.drain)
        await self.exits.enter_async_context(dispatching)
        return api

    async def _keep_running(
        self,
        process: ManagedProcess,
        *others: ManagedProcess,
        restarted: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Restart the processes when they end and rotate their logs. `restarted` is called after `process` was restarted."""
        logs = [each.log for each in (process, *others) if each.log is not None]
        keeping = (keep_running(process, up=restarted), *map(keep_running, others))
        await self.exits.enter_async_context(supervise(self.stop, *keeping, rotate_forever(logs)))


async def _make_api(settings: Settings, db: Database) -> "ApiParts":
    from runtime.wiring import make_api_parts

    return await make_api_parts(settings, db, await connect(settings))


def _embedded_temporal(settings: Settings) -> EmbeddedTemporal:
    return EmbeddedTemporal(
        settings.data / "temporal.db",
        binary=settings.temporal_binary,
        port=settings.temporal_port or None,
        ui_port=settings.temporal_ui_port,
        dynamic_config=settings.temporal_config,
    )


async def _ensure_admin_key(settings: Settings, keys: KeyService) -> None:
    """Create the platform admin's key at the first start; afterwards the file is only read."""
    if not settings.admin_key_file.exists():
        made = await keys.create(None, Role.ADMIN, "smot up", Actor(role=Role.ADMIN, name="smot up"))
        assert made is not None, "the platform always exists"
        create_file(settings.admin_key_file, made.text + "\n")


def _deployment_file(settings: Settings, api: str, carriers: str) -> DeploymentFile:
    assert settings.psp is not None
    assert settings.temporal is not None
    return DeploymentFile(
        api=api,
        docs=f"{api}/docs",
        psp=settings.psp,
        carriers=carriers,
        temporal=settings.temporal,
        admin_key_file=str(settings.admin_key_file.absolute()),
        data=str(settings.data.absolute()),
    ).write(settings.deployment_file)
