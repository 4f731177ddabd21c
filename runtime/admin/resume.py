"""`smot resume`: orders that wait for something and have no journey, as after Temporal's database was lost, get one again."""

import asyncio

from domain import keys
from runtime.admin.verify_command import connection_errors
from runtime.config.deployment import locate
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.verify.sources import TemporalJourneys
from services.journeys import Journeys
from store.engine.database import Database
from store.orders.orders import Orders

_AT_ONCE = 8  # journeys that load their snapshots in parallel


async def resume_all(settings: Settings) -> int:
    """Start a journey from its snapshot for each such order; how many were started. Again is a no-op.

    Raises DeploymentUnreachable.
    """
    with connection_errors(settings):
        where = locate(settings)
        db = Database(where.database_url)
        try:
            client = await connect(where)
            running = await TemporalJourneys(client).open_runs()
            waiting = await Orders(db).with_pending_work()
        finally:
            await db.close()
        lost = [one for one in waiting if keys.workflow_id(*one) not in running]
        journeys, gate = Journeys(client), asyncio.Semaphore(_AT_ONCE)

        async def start(merchant: str, order: str) -> None:
            async with gate:
                await journeys.ensure_started(merchant, order)

        await asyncio.gather(*(start(*one) for one in lost))
        return len(lost)
