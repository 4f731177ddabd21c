"""The Temporal schedule by which providers are compared with the ledger every night."""

import logging
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.service import RPCError

from services.journeys import TASK_QUEUE
from workflows.reconciliation import NightlyReconciliation

log = logging.getLogger(__name__)

SCHEDULE_ID: Final = "reconcile-payments"
_HOUR: Final = 2  # UTC, and up to an hour later, so that not all deployments ask the providers at once
_SCHEDULE: Final = Schedule(
    action=ScheduleActionStartWorkflow(
        NightlyReconciliation.run, id=SCHEDULE_ID, task_queue=TASK_QUEUE, run_timeout=timedelta(hours=20)
    ),
    spec=ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(_HOUR)])], jitter=timedelta(hours=1)
    ),
    policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=12)),
)


async def ensure_nightly_comparison(client: Client) -> None:
    """Create the schedule unless there is one; an operator may pause or change it. A worker starts without it too."""
    try:
        await client.create_schedule(SCHEDULE_ID, _SCHEDULE)
    except ScheduleAlreadyRunningError:
        return
    except RPCError as problem:
        log.warning("the nightly comparison of payments could not be scheduled: %s", problem.status.name)
