"""The Temporal worker, which runs journeys and their activities."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.carriers import CarrierActivities
from activities.claw_backs import ClawBackActivities
from activities.exchanges import ExchangeActivities
from activities.payments import PaymentActivities
from activities.reconciliation import ReconciliationActivities
from activities.snapshots import SnapshotActivities
from runtime.processes.grace_periods import DRAIN
from runtime.processes.plain_payloads import leave_plain_payloads
from services.journeys import TASK_QUEUE
from workflows.order_journey import OrderJourney
from workflows.reconciliation import NightlyReconciliation

# Our pure rooms and the signatures of activities. The workflow sandbox imports them once, not once per workflow.
PASSED_THROUGH = (
    "domain",
    "ports",
    "activities",
    "failpoints",
    "workflows.activity_calls",
    "workflows.journey_input",
    "pydantic",
    "iso4217",
)
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
)


def make_worker(
    client: Client,
    records: SnapshotActivities,
    payments: PaymentActivities,
    carriers: CarrierActivities,
    cached: int = 2000,
    reconciliation: ReconciliationActivities | None = None,
    exchanges: ExchangeActivities | None = None,
    claw_backs: ClawBackActivities | None = None,
) -> Worker:
    """A worker on the task queue. At shutdown running activities get DRAIN seconds to end.

    Journeys of a worker that died are given to another one after 3 s. `cached`: how many journeys are held in memory; a
    journey that gets work and is not in memory is replayed from its history.
    """
    leave_plain_payloads()
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[OrderJourney, *([NightlyReconciliation] if reconciliation else [])],
        activities=[
            records.load,
            records.commit,
            payments.pay_leg,
            *([claw_backs.do_claw_back_work] if claw_backs else []),
            carriers.poll_tracker,
            carriers.poll_until_update,
            *([exchanges.call_shop] if exchanges else []),
            *([reconciliation.list_accounts, reconciliation.compare_account] if reconciliation else []),
        ],
        workflow_runner=RUNNER,
        max_cached_workflows=cached,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=timedelta(seconds=DRAIN),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
    )
