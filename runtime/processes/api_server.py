"""The API of a process: its application, served on a port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from api.app import make_app
from api.http.connections import ConnectionLimits
from api.http.server import runner
from pages.app import mount_pages
from pages.web.mounting import PageContext
from runtime.config.ports import PortTaken
from runtime.config.settings import Settings
from runtime.processes.grace_periods import DRAIN
from runtime.processes.lifecycle import freeze_gc
from runtime.processes.open_files import max_connections, raise_open_files
from runtime.telemetry.temporal_metrics import measure_loop_lag
from runtime.telemetry.tracing import server_spans
from runtime.wiring import ApiParts

_BACKLOG = 1024  # connections that wait to be accepted; a burst beyond it waits a second for its next try


@contextlib.asynccontextmanager
async def running_api(
    settings: Settings, parts: ApiParts, port: int, *, embedded: bool = False
) -> AsyncIterator[str]:
    """Serve API and pages and yield the base URL. At the end running requests get DRAIN seconds to end. Raises PortTaken.

    embedded: whether this is `smot up`.
    """
    app = make_app(parts.services, parts.keys, parts.idempotency)
    mount_pages(app, PageContext(parts.services, embedded))
    spans = server_spans()
    if spans is not None:
        app.middlewares.insert(0, spans)
    in_all = max_connections(settings.connections, raise_open_files())
    limits = ConnectionLimits(in_all, settings.connections_per_network, settings.trusted_proxies)
    server = runner(app, limits, shutdown_timeout=DRAIN)
    await server.setup()
    measuring = asyncio.create_task(measure_loop_lag())
    async with parts.started.marking():  # until the last request has ended
        try:
            try:
                await web.TCPSite(server, settings.host, port, backlog=_BACKLOG).start()
            except OSError as problem:
                raise PortTaken(
                    f"port {port} on {settings.host} cannot be used ({problem.strerror}); "
                    "free it, or set another by SMOT_PORT or --port"
                ) from problem
            freeze_gc()
            async with parts.heartbeat.running():
                yield f"http://{settings.host}:{server.addresses[0][1]}"
        finally:
            measuring.cancel()
            await server.cleanup()
