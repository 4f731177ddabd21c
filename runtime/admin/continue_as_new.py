"""`smot continue-as-new`: open journeys take the newest rules after a deploy."""

from domain import keys
from runtime.admin.connection import deployment
from runtime.config.settings import Settings
from runtime.verify.temporal_runs import TemporalJourneys
from services.journeys import Journeys


async def continue_all_as_new(settings: Settings) -> int:
    """Ask each open journey to continue as new; return how many were asked. Raises DeploymentUnreachable."""
    async with deployment(settings) as running:
        client = await running.connect()
        journeys = Journeys(client)
        open_runs = await TemporalJourneys(client).open_runs()
        for workflow_id in open_runs:
            await journeys.request_continue_as_new(*keys.order_of_workflow(workflow_id))
        return len(open_runs)
