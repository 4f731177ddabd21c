"""The API's side of a process: its app behind a port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from api.app import make_app
from api.doors import Doors
from api.server import runner
from runtime.claims import PortTaken
from runtime.living import loaded
from runtime.sdk_telemetry import watch_loop
from runtime.secrets import master_key
from runtime.settings import Settings
from runtime.tracing import server_spans
from runtime.wiring import Parts
from store.database import Database
from store.idempotency import StoreIdempotency
from store.keys import Keys


@contextlib.asynccontextmanager
async def serving(settings: Settings, made: Parts, db: Database, port: int) -> AsyncIterator[str]:
    """Answer there; the base URL. At the end requests that run get a few seconds to end. Raises PortTaken."""
    app = make_app(
        made.services, Doors(Keys(db), made.services.codes), StoreIdempotency(db, master_key(settings))
    )
    spans = server_spans()
    if spans is not None:
        app.middlewares.insert(0, spans)
    running = runner(app)
    await running.setup()
    watching = asyncio.create_task(watch_loop())
    try:
        try:
            await web.TCPSite(running, settings.host, port).start()
        except OSError as problem:
            raise PortTaken(
                f"port {port} on {settings.host} cannot be used ({problem.strerror}); "
                "free it, or set another by SMOT_PORT or --port"
            ) from problem
        loaded()
        yield f"http://{settings.host}:{running.addresses[0][1]}"
    finally:
        watching.cancel()
        await running.cleanup()
