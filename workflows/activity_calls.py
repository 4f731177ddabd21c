"""The activities that a journey calls, each with its timeouts and retry policy."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.carriers import CarrierActivities
    from activities.claw_backs import ClawBackActivities
    from activities.exchanges import ExchangeActivities
    from activities.payments import PaymentActivities
    from activities.snapshots import OrderRef, SnapshotActivities
    from domain.model.claw_back_request import ClawBackRequest, ClawBackResult
    from domain.model.exchange import ExchangeRequest, ExchangeResult
    from domain.model.payment import PaymentRequest, PaymentResult
    from domain.model.state import JourneyState
    from domain.tracking.poll_results import PollResult
    from domain.tracking.polling import PollRequest

# Our own store. A journey cannot go on without it, so the worker retries until the store is back.
STORE_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)
)
# A payment provider. Each retry looks the payment up first, so a day of retries is safe. Then finance gets a question.
PAYMENT_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
# A shop's own gateway may take 75 s, and questions before and after it some calls more. A dead worker is known by its heartbeat.
PAYMENT_ATTEMPT = timedelta(minutes=3)
PAYMENT_HEARTBEAT = timedelta(seconds=5)
PAYMENT_DEADLINE = timedelta(hours=24)

# A tracker. Each attempt names the time of the next one. These intervals are for a store or worker that is away.
POLL_RETRY = RetryPolicy(initial_interval=timedelta(minutes=1), maximum_interval=timedelta(hours=1))
NO_RETRY = RetryPolicy(maximum_attempts=1)
# Of an attempt within a workflow task. Messages wait meanwhile, so what takes longer becomes an activity of its own.
IN_TASK = timedelta(seconds=5)
POLLING_TIMEOUT = timedelta(days=30)  # then the journey starts a new activity, so that none runs for ever


async def load(ref: OrderRef) -> JourneyState:
    """The snapshot. It only reads, so it is read in the workflow task where that is possible."""
    try:
        return await workflow.execute_local_activity_method(
            SnapshotActivities.load, ref, schedule_to_close_timeout=IN_TASK, retry_policy=NO_RETRY
        )
    except FailureError as failure:
        if is_cancelled_exception(failure):
            raise
        return await workflow.execute_activity_method(
            SnapshotActivities.load,
            ref,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=STORE_RETRY,
            priority=Priority(fairness_key=ref.merchant),
        )


async def commit(state: JourneyState) -> bool:
    """Write the state, however long the store is away; False when it has a newer or different one of another run.

    The state is in the history before it is written.
    """
    result = await workflow.execute_activity_method(
        SnapshotActivities.commit,
        state,
        start_to_close_timeout=timedelta(seconds=10),
        heartbeat_timeout=timedelta(seconds=3),
        retry_policy=STORE_RETRY,
        priority=Priority(fairness_key=state.order.merchant),
    )
    return result == "committed"


async def commit_in_task(state: JourneyState) -> bool | None:
    """The same in the workflow task, in one attempt; None when that failed, or may have.

    Only for what the history has led to already: the task may be lost after the write, and is then done again.
    """
    try:
        result = await workflow.execute_local_activity_method(
            SnapshotActivities.commit, state, schedule_to_close_timeout=IN_TASK, retry_policy=NO_RETRY
        )
        return result == "committed"
    except FailureError as failure:
        if is_cancelled_exception(failure):
            raise
        return None


async def pay_leg(request: PaymentRequest) -> PaymentResult:
    """Pay one leg, once. The result is unknown when the provider gave no clear answer within a day."""
    try:
        return await workflow.execute_activity_method(
            PaymentActivities.pay_leg,
            request,
            start_to_close_timeout=PAYMENT_ATTEMPT,
            heartbeat_timeout=PAYMENT_HEARTBEAT,
            schedule_to_close_timeout=PAYMENT_DEADLINE,
            retry_policy=PAYMENT_RETRY,
            priority=Priority(fairness_key=request.merchant),
            summary=request.key,
        )
    except ActivityError:
        return PaymentResult(leg=request.key, outcome="unknown")


async def do_claw_back_work(request: ClawBackRequest) -> ClawBackResult:
    """Do one step of a claim, once. The result is unknown when there was no clear answer within a day."""
    try:
        return await workflow.execute_activity_method(
            ClawBackActivities.do_claw_back_work,
            request,
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=5),
            schedule_to_close_timeout=timedelta(hours=24),
            retry_policy=PAYMENT_RETRY,
            priority=Priority(fairness_key=request.merchant),
            summary=request.key,
        )
    except ActivityError:
        return ClawBackResult(key=request.key, outcome="unknown")


async def call_shop(request: ExchangeRequest) -> ExchangeResult:
    """Call the shop's stock or fulfilment system, with one effect. Unanswered when it gave no clear answer within a day."""
    try:
        return await workflow.execute_activity_method(
            ExchangeActivities.call_shop,
            request,
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=5),
            schedule_to_close_timeout=timedelta(hours=24),
            retry_policy=PAYMENT_RETRY,
            priority=Priority(fairness_key=request.merchant),
            summary=request.step.key,
        )
    except ActivityError:
        return ExchangeResult(return_id=request.return_id, key=request.step.key, outcome="unanswered")


async def poll_tracker(request: PollRequest) -> PollResult | None:
    """Poll a tracker once, now."""
    return await _poll(request, CarrierActivities.poll_tracker, NO_RETRY, timedelta(seconds=30))


async def poll_until_update(request: PollRequest) -> PollResult | None:
    """Poll a tracker until it has an update. All these polls are one activity in the history."""
    return await _poll(request, CarrierActivities.poll_until_update, POLL_RETRY, POLLING_TIMEOUT)


async def _poll(
    request: PollRequest, method: Any, retry_policy: RetryPolicy, timeout: timedelta
) -> PollResult | None:
    """The result of the poll: `retry_later` when the activity failed, None when the journey cancelled it."""
    try:
        result: PollResult = await workflow.execute_activity_method(
            method,
            request,
            start_to_close_timeout=timedelta(seconds=30),
            schedule_to_close_timeout=timeout,
            retry_policy=retry_policy,
            priority=Priority(fairness_key=request.merchant),
            summary=f"{request.order}/{request.parcel}",
        )
        return result
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            return None
        return PollResult(parcel=request.parcel, status="retry_later", at=request.not_before)
