"""The dispatcher as a process of its own: `python -m runtime.processes.dispatcher_process --ready FILE`."""

import asyncio
from collections.abc import Callable

from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.processes.child_process import run_child
from runtime.processes.lifecycle import supervise
from runtime.telemetry.temporal_metrics import measure_loop_lag, serve_metrics, start_sdk
from runtime.wiring import make_api_parts
from store.engine.database import Database


async def run_dispatcher(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run until `stop` is set; then no more rows are claimed, and claimed ones are finished."""
    start_sdk()
    if settings.worker_metrics is not None:
        serve_metrics(settings.worker_metrics)
    db = Database(settings.database_url)
    try:
        parts = await make_api_parts(settings, db, await connect(settings), "dispatcher")
        dispatcher = parts.dispatcher
        dispatching = supervise(stop, dispatcher.run(), drain=dispatcher.drain)
        async with (
            parts.heartbeat.running(),
            parts.started.marking(),
            dispatcher.registered(),
            supervise(stop, measure_loop_lag()),
            dispatching,
        ):
            ready()
            await stop.wait()
    finally:
        await db.close()


if __name__ == "__main__":
    run_child(run_dispatcher)
