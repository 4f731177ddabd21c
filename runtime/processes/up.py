"""`smot up`: everything on one machine. One process supervises and serves; Temporal, worker and provider are its children."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from domain.actors import Role
from runtime.config.deployment import is_cluster
from runtime.config.deployment_file import DeploymentFile
from runtime.config.locks import choose_port, ensure_data_folder
from runtime.config.schema import upgrade_schema
from runtime.config.secrets import master_key, write_private
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.errors import StartupError
from runtime.messages import make_renderer
from runtime.processes.api_server import running_api
from runtime.processes.embedded import EmbeddedTemporal, carrier_simulator, payment_sandbox
from runtime.processes.lifecycle import shutdown_event, supervise
from runtime.processes.log_rotation import rotate_forever
from runtime.processes.supervised import ManagedProcess, keep_running
from runtime.processes.worker_processes import worker_process
from runtime.telemetry.temporal_metrics import start_sdk
from runtime.wiring import make_api_parts
from store.engine.database import Database
from store.merchants.api_keys import ApiKeys

log = logging.getLogger(__name__)


async def up(settings: Settings, on_ready: Callable[[DeploymentFile], None]) -> None:
    """Run until SIGINT or SIGTERM; `told` is called once everything is ready. Raises StartupError, TaskFailed."""
    stop = shutdown_event()
    start_sdk()
    async with stack(settings, stop) as running:
        on_ready(running)
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def stack(settings: Settings, stop: asyncio.Event) -> AsyncIterator[DeploymentFile]:
    """All parts, started in the order in which they need each other and stopped the other way round.

    `stop` is set when a part cannot be kept running.
    """
    os.umask(0o077)  # databases and logs hold orders: they are their owner's only
    ensure_data_folder(settings.data)
    if is_cluster(settings):
        raise StartupError(
            "SMOT_DATABASE and TEMPORAL_… name a cluster: run `smot serve` and `smot worker` there, or unset them"
        )
    make_renderer(
        settings.message_templates
    )  # a catalogue that cannot be read is better told before anything runs
    temporal = EmbeddedTemporal(
        settings.data / "temporal.db",
        binary=settings.temporal_binary,
        port=settings.temporal_port or None,
        ui_port=settings.temporal_ui_port,
        dynamic_config=settings.temporal_config,
    )
    async with contextlib.AsyncExitStack() as parts:
        parts.push_async_callback(temporal.stop)
        await temporal.lock()  # first of all: what keeps our ports busy may be another smot on this folder
        wanted = {"SMOT_PORT or --port": settings.port, "SMOT_PSP_PORT": settings.psp_port}
        for setting, port in {**wanted, "SMOT_SIMULATOR_PORT": settings.simulator_port}.items():
            choose_port(port or None, setting)  # a busy one is better told before anything runs
        await temporal.start()
        await upgrade_schema(settings)
        master_key(settings)  # made here on the first start: worker and API must not make one each
        db = Database(settings.database_url)
        parts.push_async_callback(db.close)
        settings = settings.model_copy(update={"temporal": temporal.address})
        provider, carriers = await asyncio.gather(
            _provider(settings, parts, stop), _carriers(settings, parts, stop)
        )
        settings = settings.model_copy(update={"psp": provider})
        worker = worker_process(
            settings,
            "worker",
            settings.data / "worker.ready",
            log=settings.data / "worker.log",
            stop_timeout=15.0,
        )
        await worker.start()
        parts.push_async_callback(worker.stop)
        made = make_api_parts(settings, db, await connect(settings))
        await parts.enter_async_context(made.dispatcher.registered())
        base = await parts.enter_async_context(running_api(settings, made, settings.port))
        await _admin_key(settings, db)

        async def restart_worker() -> None:
            """A worker whose server came back polls at once, instead of after its back-off."""
            await worker.stop()

        keeping = (keep_running(temporal.process, up=restart_worker), keep_running(worker))
        logs = [child.log for child in (temporal.process, worker) if child.log is not None]
        await parts.enter_async_context(supervise(stop, *keeping, rotate_forever(logs)))
        dispatching = supervise(stop, made.dispatcher.run(), drain=made.dispatcher.drain)
        await parts.enter_async_context(dispatching)
        yield DeploymentFile(
            api=base,
            docs=f"{base}/docs",
            psp=provider,
            carriers=carriers,
            temporal=temporal.address,
            admin_key_file=str(settings.admin_key_file.absolute()),
            data=str(settings.data.absolute()),
        ).write(settings.deployment_file)


async def _provider(settings: Settings, parts: contextlib.AsyncExitStack, stop: asyncio.Event) -> str:
    """The payment provider's address; our own sandbox provider is started unless another is set."""
    if settings.psp is not None:
        return settings.psp
    port = choose_port(settings.psp_port or None, "SMOT_PSP_PORT")
    await _supervised(payment_sandbox(settings.data / "psp.db", port), parts, stop)
    return f"http://127.0.0.1:{port}"


async def _carriers(settings: Settings, parts: contextlib.AsyncExitStack, stop: asyncio.Event) -> str:
    """The carrier simulator's address; our own is started unless another is set."""
    if settings.simulator is not None:
        return settings.simulator
    port = choose_port(settings.simulator_port or None, "SMOT_SIMULATOR_PORT")
    await _supervised(carrier_simulator(settings.data / "carriers.db", port), parts, stop)
    return f"http://127.0.0.1:{port}"


async def _supervised(child: ManagedProcess, parts: contextlib.AsyncExitStack, stop: asyncio.Event) -> None:
    """Start it and keep it running until all of us stop."""
    await child.start()
    parts.push_async_callback(child.stop)
    logs = [child.log] if child.log is not None else []
    await parts.enter_async_context(supervise(stop, keep_running(child), rotate_forever(logs)))


async def _admin_key(settings: Settings, db: Database) -> None:
    """Make the platform admin's key on the first start; afterwards the file is only read."""
    if not settings.admin_key_file.exists():
        write_private(settings.admin_key_file, await ApiKeys(db).create(None, Role.ADMIN))
