"""`smot resume`: journeys for orders that have pending work and no journey, as after Temporal's database was lost."""

import asyncio

from domain import keys
from runtime.admin.connection import deployment
from runtime.config.settings import Settings
from runtime.verify.temporal_runs import TemporalJourneys
from services.journeys import Journeys
from store.orders.schedule import OrderSchedule

_MAX_PARALLEL_STARTS = 8  # journeys that load their snapshots at the same time


async def resume_all(settings: Settings) -> int:
    """Start a journey from its snapshot for each such order; return how many were started. Safe to repeat.

    Raises DeploymentUnreachable.
    """
    async with deployment(settings) as running:
        client = await running.connect()
        open_runs = await TemporalJourneys(client).open_runs()
        pending = await OrderSchedule(running.db).with_pending_work()
        lost = [order for order in pending if keys.workflow_id(*order) not in open_runs]
        journeys, gate = Journeys(client), asyncio.Semaphore(_MAX_PARALLEL_STARTS)

        async def start(merchant: str, order: str) -> None:
            async with gate:
                await journeys.start(merchant, order)

        await asyncio.gather(*(start(*order) for order in lost))
        return len(lost)
