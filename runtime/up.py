"""`smot up`: everything on one machine. One process supervises and serves; Temporal, worker and provider are its children."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from api.app import make_app
from api.doors import Doors
from api.server import runner
from domain.actors import Role
from runtime.children import Child, keep_running
from runtime.claims import choose_port
from runtime.embedded import EmbeddedTemporal, sandbox_payments
from runtime.running import Running
from runtime.secrets import master_key, write_private
from runtime.settings import Settings
from runtime.wiring import Parts, connect, make_parts
from store.database import Database
from store.idempotency import StoreIdempotency
from store.keys import Keys
from store.migrations import upgrade

log = logging.getLogger(__name__)


async def up(settings: Settings, told: Callable[[Running], None]) -> None:
    """Run until SIGINT or SIGTERM; `told` is called once everything is ready."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with stack(settings, stop) as running:
        told(running)
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def stack(settings: Settings, stop: asyncio.Event) -> AsyncIterator[Running]:
    """All parts, started in the order in which they need each other and stopped the other way round.

    `stop` is set when a part cannot be kept running.
    """
    os.umask(0o077)  # databases and logs hold orders: they are their owner's only
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporal = EmbeddedTemporal(
        settings.data / "temporal.db",
        binary=settings.temporal_binary,
        port=settings.temporal_port or None,
        ui_port=settings.temporal_ui_port,
        dynamic_config=settings.temporal_config,
    )
    api_port = choose_port(settings.port or None)
    await temporal.start()
    async with contextlib.AsyncExitStack() as parts:
        parts.push_async_callback(temporal.stop)
        await upgrade(settings.database_url)
        db = Database(settings.database_url)
        parts.push_async_callback(db.close)
        psp = await _provider(settings, parts)
        worker = worker_child(settings, temporal.address, psp)
        await worker.start()
        parts.push_async_callback(worker.stop)
        made = make_parts(settings, db, await connect(temporal.address))
        await made.dispatcher.inherit()  # the folder is locked: we are the only ones
        await _serve(settings, made, db, api_port, parts)
        await _admin_key(settings, db)

        async def restart_worker() -> None:
            """A worker whose server came back polls at once, instead of after its back-off."""
            await worker.stop()

        tasks = [
            asyncio.create_task(keep_running(temporal.child, up=restart_worker)),
            asyncio.create_task(keep_running(worker)),
            asyncio.create_task(made.dispatcher.run()),
        ]
        for task in tasks:
            task.add_done_callback(lambda ended: _fell(ended, stop))
        parts.push_async_callback(_cancel, tasks)
        base = f"http://{settings.host}:{api_port}"
        yield Running(
            api=base,
            docs=f"{base}/docs",
            psp=psp,
            temporal=temporal.address,
            admin_key_file=str(settings.admin_key_file.absolute()),
            data=str(settings.data.absolute()),
        ).kept(settings.running_file)


async def _provider(settings: Settings, parts: contextlib.AsyncExitStack) -> str:
    """The payment provider's address; our own sandbox provider is started unless another is set."""
    if settings.psp is not None:
        return settings.psp
    port = choose_port(settings.psp_port or None)
    child = sandbox_payments(settings.data / "psp.db", port)
    await child.start()
    parts.push_async_callback(child.stop)
    keeper = asyncio.create_task(keep_running(child))
    parts.push_async_callback(_cancel, [keeper])
    return f"http://127.0.0.1:{port}"


def worker_child(settings: Settings, temporal: str, psp: str) -> Child:
    """The worker beside us: its crash is not ours, and each may have a core."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("SMOT_")}
    env = {
        **ours,
        "SMOT_DATA": str(settings.data.absolute()),
        "SMOT_TEMPORAL": temporal,
        "SMOT_PSP": psp,
        "SMOT_PROVIDER_TIMEOUT": str(settings.provider_timeout),
    }

    async def ready() -> bool:
        file = settings.worker_ready_file
        return file.exists() and file.read_text() == str(child.pid)

    argv = [sys.executable, "-m", "runtime.worker_process"]
    child = Child("worker", argv, settings.data / "worker.log", ready, stop_timeout=15.0, env=env)
    return child


async def _serve(
    settings: Settings, made: Parts, db: Database, port: int, parts: contextlib.AsyncExitStack
) -> None:
    app = make_app(
        made.services, Doors(Keys(db), made.services.codes), StoreIdempotency(db, master_key(settings))
    )
    running = runner(app)
    await running.setup()
    parts.push_async_callback(running.cleanup)
    await web.TCPSite(running, settings.host, port).start()


async def _admin_key(settings: Settings, db: Database) -> None:
    """Make the platform admin's key on the first start; afterwards the file is only read."""
    if not settings.admin_key_file.exists():
        write_private(settings.admin_key_file, await Keys(db).create(None, Role.ADMIN))


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _fell(task: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Half a service is worse than none: stop, and say why."""
    if not task.cancelled() and task.exception() is not None:
        log.error("a part of the service ended", exc_info=task.exception())
        stop.set()
