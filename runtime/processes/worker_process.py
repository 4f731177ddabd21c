"""The worker as its own process: `python -m runtime.processes.worker_process --ready FILE`, settings from the environment."""

import asyncio
from collections.abc import Callable

from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.config.version import smot_version
from runtime.deployment_keys import open_deployment_keys
from runtime.errors import StartupError
from runtime.processes.child_process import run_child
from runtime.processes.nightly_schedule import ensure_nightly_comparison
from runtime.processes.worker import make_worker
from runtime.telemetry.temporal_metrics import start_sdk
from runtime.worker_wiring import make_worker_parts
from services.heartbeat import Heartbeat
from services.journeys import Journeys
from store.engine.database import Database
from store.privacy.processes import Processes, this_process


async def run_worker(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run until `stop` is set; then no more tasks are taken, and running activities may end."""
    if settings.psp is None:
        raise StartupError("a worker needs SMOT_PSP, the address of the payment provider")
    start_sdk(settings.worker_metrics)
    db = Database(settings.database_url)
    client = await connect(settings)
    keys = await open_deployment_keys(settings, db)
    parts = make_worker_parts(settings, db, settings.psp, keys, Journeys(client))
    heartbeat = Heartbeat(db, Processes(db), keys, this_process("worker", smot_version().text, keys))
    worker = make_worker(
        client,
        parts.records,
        parts.payments,
        parts.carriers,
        settings.cached_journeys,
        parts.reconciliation,
        parts.exchanges,
        parts.claw_backs,
    )
    await ensure_nightly_comparison(client)
    running = asyncio.create_task(worker.run())
    stopping = asyncio.create_task(stop.wait())
    ready()
    async with heartbeat.running():
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            await worker.shutdown()
    try:
        await running
    finally:
        stopping.cancel()
        await parts.close()
        await db.close()


if __name__ == "__main__":
    run_child(run_worker)
