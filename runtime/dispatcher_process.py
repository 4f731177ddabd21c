"""The dispatcher as a process of its own: `python -m runtime.dispatcher_process --ready FILE`."""

import asyncio
from collections.abc import Callable

from runtime.child_process import run_child
from runtime.connecting import connect
from runtime.living import beside
from runtime.sdk_telemetry import show_meters, start_sdk, watch_loop
from runtime.settings import Settings
from runtime.wiring import make_parts
from store.database import Database


async def dispatch(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run until `stop`: then no more rows are taken, and those in hand are finished."""
    start_sdk()
    if settings.worker_metrics is not None:
        show_meters(settings.worker_metrics)
    db = Database(settings.database_url)
    try:
        dispatcher = make_parts(settings, db, await connect(settings)).dispatcher
        dispatching = beside(stop, dispatcher.run(), drain=dispatcher.drain)
        async with dispatcher.enlisted(), beside(stop, watch_loop()), dispatching:
            ready()
            await stop.wait()
    finally:
        await db.close()


if __name__ == "__main__":
    run_child(dispatch)
