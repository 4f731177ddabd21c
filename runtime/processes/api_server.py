"""The API's side of a process: its app behind a port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from api.app import make_app
from api.server import runner
from runtime.config.locks import PortTaken
from runtime.config.settings import Settings
from runtime.processes.lifecycle import freeze_gc
from runtime.telemetry.temporal_metrics import measure_loop_lag
from runtime.telemetry.tracing import server_spans
from runtime.wiring import ApiParts


@contextlib.asynccontextmanager
async def running_api(settings: Settings, parts: ApiParts, port: int) -> AsyncIterator[str]:
    """Answer there; the base URL. At the end requests that run get a few seconds to end. Raises PortTaken."""
    app = make_app(parts.services, parts.keys, parts.idempotency)
    spans = server_spans()
    if spans is not None:
        app.middlewares.insert(0, spans)
    running = runner(app)
    await running.setup()
    watching = asyncio.create_task(measure_loop_lag())
    try:
        try:
            await web.TCPSite(running, settings.host, port).start()
        except OSError as problem:
            raise PortTaken(
                f"port {port} on {settings.host} cannot be used ({problem.strerror}); "
                "free it, or set another by SMOT_PORT or --port"
            ) from problem
        freeze_gc()
        yield f"http://{settings.host}:{running.addresses[0][1]}"
    finally:
        watching.cancel()
        await running.cleanup()
