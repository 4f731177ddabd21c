"""The dispatcher as a process of its own: `python -m runtime.dispatcher_process --ready FILE`."""

import asyncio
from collections.abc import Callable

from runtime.child_process import run_child
from runtime.connecting import connect
from runtime.living import supervise
from runtime.sdk_telemetry import serve_metrics, start_sdk, measure_loop_lag
from runtime.settings import Settings
from runtime.wiring import make_api_parts
from store.database import Database


async def run_dispatcher(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run until `stop`: then no more rows are taken, and those in hand are finished."""
    start_sdk()
    if settings.worker_metrics is not None:
        serve_metrics(settings.worker_metrics)
    db = Database(settings.database_url)
    try:
        dispatcher = make_api_parts(settings, db, await connect(settings)).dispatcher
        dispatching = supervise(stop, dispatcher.run(), drain=dispatcher.drain)
        async with dispatcher.registered(), supervise(stop, measure_loop_lag()), dispatching:
            ready()
            await stop.wait()
    finally:
        await db.close()


if __name__ == "__main__":
    run_child(run_dispatcher)
