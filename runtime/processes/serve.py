"""`smot serve`: the API alone. Any number of them may run on one PostgreSQL database and one Temporal server."""

import logging
from collections.abc import Callable

from pydantic import BaseModel

from runtime.config.cluster import require_cluster_settings
from runtime.config.schema import require_current
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect_and_wait
from runtime.message_templates import make_renderer
from runtime.processes.api_server import running_api
from runtime.processes.lifecycle import cancelled_by, shutdown_event
from runtime.telemetry.temporal_metrics import start_sdk
from runtime.wiring import make_api_parts
from store.engine.database import Database

log = logging.getLogger(__name__)


class ApiAddress(BaseModel):
    """The base URL of an API process and of its documentation."""

    api: str
    docs: str

    def ready_line(self) -> str:
        """One line for programs that wait for the start."""
        return f"ready {self.model_dump_json()}"


async def serve(settings: Settings, on_ready: Callable[[ApiAddress], None]) -> None:
    """Run until SIGINT or SIGTERM; then running requests may end. Raises StartupError, StoppedWhileStarting."""
    stop = shutdown_event()
    start_sdk()
    require_cluster_settings(settings)
    make_renderer(settings.message_templates)  # here, so that a broken template is reported at the start
    async with cancelled_by(stop):
        await require_current(settings)
        client = await connect_and_wait(settings)
    db = Database(settings.database_url)
    try:
        parts = await make_api_parts(settings, db, client)
        async with running_api(settings, parts, settings.port) as base:
            on_ready(ApiAddress(api=base, docs=f"{base}/docs"))
            await stop.wait()
            log.info("stopping")
    finally:
        await db.close()
