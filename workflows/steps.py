"""The effects a journey may have, each declared once with its patience."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.payments import PaymentActivities
    from activities.records import OrderRef, RecordActivities
    from domain.journey import JourneyState
    from domain.outcomes import LegOutcome
    from ports.ledger import LegAsk
    from ports.records import Committed

# Our own store: it comes back, and nothing can go on without it.
PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10))
# A provider: retries look up first, so trying for a day is safe; then finance is asked.
MONEY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


async def load(ref: OrderRef) -> JourneyState:
    return await workflow.execute_activity_method(
        RecordActivities.load,
        ref,
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=PATIENT,
        priority=Priority(fairness_key=ref.merchant),
    )


async def commit(state: JourneyState) -> Committed:
    return await workflow.execute_activity_method(
        RecordActivities.commit,
        state,
        start_to_close_timeout=timedelta(seconds=10),
        heartbeat_timeout=timedelta(seconds=3),
        retry_policy=PATIENT,
        priority=Priority(fairness_key=state.order.merchant),
    )


async def pay_leg(ask: LegAsk) -> LegOutcome:
    """One leg, once. Unknown when nobody could say within a day."""
    try:
        return await workflow.execute_activity_method(
            PaymentActivities.pay_leg,
            ask,
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=5),
            schedule_to_close_timeout=timedelta(hours=24),
            retry_policy=MONEY,
            priority=Priority(fairness_key=ask.merchant),
            summary=ask.key,
        )
    except ActivityError:
        return LegOutcome(leg=ask.key, outcome="unknown")
