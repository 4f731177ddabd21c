"""Automatic steps about units that have not shipped."""

from collections.abc import Iterator
from datetime import timedelta

from domain.model.actions import OfferDelayOption
from domain.model.consent import MAX_CONSENTS
from domain.model.deadlines import ScheduledAction, scheduled_question
from domain.model.state import JourneyState


def delay_options_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Where the law says so, what does not leave in time is not put off without the customer's word (DLY-5)."""
    option = state.terms.policy.delay_option
    if option is None or not state.requires_delay_consent or state.cancelled_at or state.untracked_at:
        return
    asked = state.has_open("consent") or state.has_open("resend")
    if state.unshipped() and not asked and len(state.consents) < MAX_CONSENTS:
        at = max(state.due - timedelta(hours=option.notice), state.order.placed_at)
        yield ScheduledAction(at=at, owner="merchant", action=OfferDelayOption(), reason="not_shipped")


def unshipped_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Shops may ship without telling us: nobody is paid back by guess, an agent is asked, then we stop waiting."""
    if not state.unshipped() or state.untracked_at or state.cancelled_at or state.has_open("resend"):
        return
    if not state.has_open("not_shipped", state.order.order):
        since = state.due + timedelta(days=state.terms.policy.unshipped_days)
        yield scheduled_question(state, "not_shipped", state.order.order, "merchant", "dismiss", since)
