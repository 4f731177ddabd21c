"""The agenda: the life of an order as rules. Each says what will be done by itself, when, and who may do better before.

What is due is a wait whose time has come: the two questions the journey asks are one list.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.delays import rules as delays
from domain.model.actions import Action, ApplyDefault, Close, PollTracker
from domain.model.deadlines import AgendaRule, ScheduledAction
from domain.model.state import JourneyState
from domain.orders import rules as orders
from domain.payments import rules as payments
from domain.returns import rules as returns
from domain.tracking import rules as tracking
from domain.tracking import undelivered


def due(state: JourneyState, now: datetime) -> list[Action]:
    """What must be done for this order now, in the order of a life."""
    return [wait.action for wait in scheduled_actions(state) if wait.at <= now]


def next_action(state: JourneyState) -> ScheduledAction | None:
    """The earliest thing the journey will do by itself; None when nothing is waited for."""
    return min(scheduled_actions(state), key=lambda wait: wait.at, default=None)


def next_visible_action(state: JourneyState) -> ScheduledAction | None:
    """The earliest that people are shown: that we look at a tracker changes nothing by itself."""
    shown = (wait for wait in scheduled_actions(state) if not isinstance(wait.action, PollTracker))
    return min(shown, key=lambda wait: wait.at, default=None)


def scheduled_actions(state: JourneyState) -> Iterator[ScheduledAction]:
    """Everything this order waits for, by the rules its run started with."""
    for rule in RULES[state.rules_version]:
        yield from rule(state)


def attention_defaults_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Nobody came: the default that was said when the question was opened."""
    for item in state.attention:
        default = ApplyDefault(attention=item.id)
        yield ScheduledAction(at=item.deadline, owner=item.owner, action=default, reason=item.kind)


def closings_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Nothing under way and the last return window over: the order may rest."""
    if state.closed_at or state.cancelled_at or any(parcel.under_way for parcel in state.parcels):
        return
    if state.unshipped() and state.untracked_at is None:
        return
    if any(state.undeliverable(parcel) for parcel in state.parcels):
        return
    ends = [state.window_end(parcel.delivered_at) for parcel in state.parcels if parcel.delivered_at]
    ends += [
        at
        for at in (
            state.untracked_at,
            state.rest_cancelled_at,
            state.removed_at,
            *(parcel.lost_at for parcel in state.parcels),
        )
        if at
    ]
    yield ScheduledAction(at=max(ends), owner="customer", action=Close(), reason="return_window")


RULES: dict[int, tuple[AgendaRule, ...]] = {
    1: (
        delays.lead_time_trials_due,
        delays.delay_notices_due,
        orders.delay_options_due,
        tracking.pickup_reminders_due,
        delays.corrections_due,
        tracking.presumed_losses_due,
        tracking.sender_returns_due,
        orders.unshipped_questions_due,
        returns.return_expiries_due,
        returns.goods_write_offs_due,
        returns.return_refunds_due,
        undelivered.undelivered_refunds_due,
        tracking.resend_questions_due,
        tracking.carrier_claims_due,
        payments.goodwill_due,
        payments.payments_due,
        attention_defaults_due,
        delays.follow_ups_due,
        tracking.polls_due,
        tracking.tracker_ends_due,
        closings_due,
    ),
}
LATEST = max(RULES)
