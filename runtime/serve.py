"""`smot serve`: the API alone. Any number may run beside each other on one PostgreSQL and one Temporal."""

import logging
from collections.abc import Callable

from pydantic import BaseModel

from runtime.cluster import require_shared
from runtime.connecting import connected
from runtime.door import serving
from runtime.letters import make_letters
from runtime.living import told_to_stop
from runtime.schema import require_current
from runtime.sdk_telemetry import start_sdk
from runtime.settings import Settings
from runtime.wiring import make_parts
from store.database import Database

log = logging.getLogger(__name__)


class Serving(BaseModel):
    """Where an API process answers."""

    api: str
    docs: str

    def line(self) -> str:
        """One line for machines to wait for."""
        return f"ready {self.model_dump_json()}"


async def serve(settings: Settings, told: Callable[[Serving], None]) -> None:
    """Run until SIGINT or SIGTERM; requests that run then may end. Raises CannotRun."""
    stop = told_to_stop()
    start_sdk()
    require_shared(settings)
    make_letters(settings.letters)  # a catalogue that cannot be read is better told before anything runs
    await require_current(settings)
    client = await connected(settings)
    db = Database(settings.database_url)
    try:
        async with serving(settings, make_parts(settings, db, client), db, settings.port) as base:
            told(Serving(api=base, docs=f"{base}/docs"))
            await stop.wait()
            log.info("stopping")
    finally:
        await db.close()
