"""The worker as its own process: `python -m runtime.processes.worker_process --ready FILE`, settings from the environment."""

import asyncio
from collections.abc import Callable

from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.errors import StartupError
from runtime.processes.child_process import run_child
from runtime.processes.worker import make_worker
from runtime.telemetry.temporal_metrics import start_sdk
from runtime.worker_wiring import make_worker_parts
from store.engine.database import Database


async def run_worker(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run until `stop` is set; then no more tasks are taken, and running activities may end."""
    if settings.psp is None:
        raise StartupError("a worker needs SMOT_PSP, the address of the payment provider")
    start_sdk(settings.worker_metrics)
    db = Database(settings.database_url)
    client = await connect(settings)
    parts = make_worker_parts(settings, db, settings.psp)
    worker = make_worker(client, parts.records, parts.payments, parts.carriers, settings.cached_journeys)
    running = asyncio.create_task(worker.run())
    stopping = asyncio.create_task(stop.wait())
    ready()
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
