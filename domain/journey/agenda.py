"""The agenda: the life of an order as a list of rules.

Each rule yields the automatic actions that the journey will do, now or later: the action, its time, and the role that may act
before that time. An action is due when its time has come, so the deadline that people see and the action that follows
cannot differ.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.delays.delay_notices import corrections_due, delay_notices_due
from domain.delays.follow_ups import follow_ups_due
from domain.delays.lead_time_trials import lead_time_trials_due
from domain.journey.attention import defaults_due
from domain.journey.planned_commands import planned_commands_due
from domain.journey.stuck_actions import action_key, parked_actions
from domain.model.actions import Action, Change, Effect
from domain.model.deadlines import AgendaRule, ScheduledAction
from domain.model.state import JourneyState
from domain.orders.closing import closings_due
from domain.orders.unshipped import delay_options_due, unshipped_questions_due
from domain.payments.claw_backs.rules import claw_back_work_due, claw_backs_due, reductions_due
from domain.payments.disputes.rules import dispute_steps_due
from domain.payments.goodwill import goodwill_due
from domain.payments.late_refunds import late_refunds_due
from domain.payments.returned_refunds import returned_questions_due
from domain.payments.rules import payments_due
from domain.payments.waiting_legs import waiting_leg_questions_due
from domain.returns.arrivals import unscanned_decisions_due
from domain.returns.date_rules import date_ends_due, money_dates_due
from domain.returns.deadline_rules import refund_alerts_due, refund_releases_due
from domain.returns.exchange_rules import (
    exchange_calls_due,
    exchange_ends_due,
    exchange_holds_due,
    exchange_letters_due,
    exchanges_due,
)
from domain.returns.exchange_stops import exchange_stops_due, stop_questions_due
from domain.returns.rules import (
    goods_write_offs_due,
    return_expiries_due,
    return_refunds_due,
    reviews_due,
)
from domain.tracking.handovers import collection_questions_due, collection_reminders_due
from domain.tracking.lost_parcels import carrier_claims_due, presumed_losses_due, returned_to_sender_due
from domain.tracking.pickup_reminders import pickup_reminders_due
from domain.tracking.resends import resend_questions_due
from domain.tracking.tracker_polls import polls_due, tracker_ends_due
from domain.tracking.undelivered import undelivered_refunds_due

RULES: dict[int, tuple[AgendaRule, ...]] = {
    1: (
        planned_commands_due,
        lead_time_trials_due,
        delay_notices_due,
        delay_options_due,
        pickup_reminders_due,
        corrections_due,
        presumed_losses_due,
        returned_to_sender_due,
        unshipped_questions_due,
        collection_reminders_due,
        collection_questions_due,
        return_expiries_due,
        goods_write_offs_due,
        unscanned_decisions_due,
        reviews_due,
        refund_releases_due,
        exchanges_due,
        exchange_ends_due,
        exchange_holds_due,
        exchange_stops_due,
        stop_questions_due,
        return_refunds_due,
        money_dates_due,
        claw_backs_due,
        reductions_due,
        undelivered_refunds_due,
        resend_questions_due,
        carrier_claims_due,
        goodwill_due,
        waiting_leg_questions_due,
        late_refunds_due,
        dispute_steps_due,
        returned_questions_due,
        refund_alerts_due,
        payments_due,
        exchange_calls_due,
        exchange_letters_due,
        claw_back_work_due,
        defaults_due,
        date_ends_due,
        follow_ups_due,
        polls_due,
        tracker_ends_due,
        closings_due,
    ),
}
"""Per version: the rules in the order in which their actions happen when several are due. A run keeps its version."""

LATEST = max(RULES)


def changes_due(state: JourneyState, now: datetime) -> list[Change]:
    """The changes of state that are due now."""
    return [action for action in _due(state, now) if isinstance(action, Change)]


def effects_due(state: JourneyState, now: datetime) -> list[Effect]:
    """The effects outside the workflow that are due now."""
    return [action for action in _due(state, now) if isinstance(action, Effect)]


def is_idle(state: JourneyState, now: datetime) -> bool:
    """Whether nothing is due now."""
    return next(_due(state, now), None) is None


def _due(state: JourneyState, now: datetime) -> Iterator[Action]:
    return (wait.action for wait in scheduled_actions(state) if wait.at <= now)


def next_action(state: JourneyState) -> ScheduledAction | None:
    """The earliest thing that the journey will do by itself; None when it waits for nothing."""
    return min(scheduled_actions(state), key=lambda wait: wait.at, default=None)


def next_visible_action(state: JourneyState) -> ScheduledAction | None:
    """The earliest that is shown to people."""
    shown = (wait for wait in scheduled_actions(state) if wait.action.visible)
    return min(shown, key=lambda wait: wait.at, default=None)


def scheduled_actions(state: JourneyState) -> Iterator[ScheduledAction]:
    """Everything that the order waits for, by the rules that its run started with."""
    parked = parked_actions(state)
    for rule in RULES[state.rules_version]:
        if not parked:
            yield from rule(state)
            continue
        for wait in rule(state):
            if action_key(wait.action) not in parked:
                yield wait
