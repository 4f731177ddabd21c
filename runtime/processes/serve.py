"""`smot serve`: the API alone. Any number may run beside each other on one PostgreSQL and one Temporal."""

import logging
from collections.abc import Callable

from pydantic import BaseModel

from runtime.config.cluster import require_cluster_settings
from runtime.config.schema import require_current
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect_and_wait
from runtime.messages import make_renderer
from runtime.processes.api_server import running_api
from runtime.processes.lifecycle import shutdown_event
from runtime.telemetry.temporal_metrics import start_sdk
from runtime.wiring import make_api_parts
from store.engine.database import Database

log = logging.getLogger(__name__)


class ApiAddress(BaseModel):
    """Where an API process answers."""

    api: str
    docs: str

    def ready_line(self) -> str:
        """One line for machines to wait for."""
        return f"ready {self.model_dump_json()}"


async def serve(settings: Settings, on_ready: Callable[[ApiAddress], None]) -> None:
    """Run until SIGINT or SIGTERM; requests that run then may end. Raises StartupError."""
    stop = shutdown_event()
    start_sdk()
    require_cluster_settings(settings)
    make_renderer(
        settings.message_templates
    )  # a catalogue that cannot be read is better told before anything runs
    await require_current(settings)
    client = await connect_and_wait(settings)
    db = Database(settings.database_url)
    try:
        async with running_api(settings, make_api_parts(settings, db, client), settings.port) as base:
            on_ready(ApiAddress(api=base, docs=f"{base}/docs"))
            await stop.wait()
            log.info("stopping")
    finally:
        await db.close()
