"""The effects a journey may have, each declared once with its patience."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.carriers import CarrierActivities
    from activities.payments import PaymentActivities
    from activities.records import OrderRef, RecordActivities
    from domain.journey import JourneyState
    from domain.looking import LookAsk, Looked
    from domain.outcomes import LegOutcome
    from ports.ledger import LegAsk
    from ports.records import Committed

# Our own store: it comes back, and nothing can go on without it.
PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10))
# A provider: retries look up first, so trying for a day is safe; then finance is asked.
MONEY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))

# A tracker: each try of a watch names the time of the next; this is for a store or worker that is away.
WATCHFUL = RetryPolicy(initial_interval=timedelta(minutes=1), maximum_interval=timedelta(hours=1))
ONCE = RetryPolicy(maximum_attempts=1)
WATCH = timedelta(days=30)  # then it is begun anew: no step lives for ever


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


async def look(ask: LookAsk) -> Looked | None:
    """One look at a tracker, now."""
    return await _looked(ask, CarrierActivities.look, ONCE, timedelta(seconds=30))


async def watch(ask: LookAsk) -> Looked | None:
    """Looks at a tracker until there is news; however many, they are one step of the history."""
    return await _looked(ask, CarrierActivities.watch, WATCHFUL, WATCH)


async def _looked(ask: LookAsk, how: Any, patience: RetryPolicy, within: timedelta) -> Looked | None:
    """What the look came to: that somebody has to come later when it failed, nothing when it was called off."""
    try:
        looked: Looked = await workflow.execute_activity_method(
            how,
            ask,
            start_to_close_timeout=timedelta(seconds=30),
            schedule_to_close_timeout=within,
            retry_policy=patience,
            priority=Priority(fairness_key=ask.merchant),
            summary=f"{ask.order}/{ask.parcel}",
        )
        return looked
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            return None
        return Looked(parcel=ask.parcel, answer="later", at=ask.not_before)
