"""Units that do not ship in time: the customer is offered a later date if the law says so.

The merchant gets a question about units that still have not shipped.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.actors import SYSTEM
from domain.clock import local_day
from domain.model.actions import Change
from domain.model.attention import AttentionItem
from domain.model.consent import MAX_CONSENTS, ConsentDecision
from domain.model.deadlines import OpenQuestion, ScheduledAction, scheduled_question
from domain.model.promise import Promise
from domain.model.state import JourneyState
from domain.orders.consent import request_consent

MAX_SILENT_EXTENSION = 30  # days; a longer or second delay needs the customer's consent (16 CFR 435.2)


def delay_options_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The offer of a later date. The law may forbid to delay a shipment without the customer's consent (DLY-5)."""
    option = state.terms.policy.delay_option
    if option is None or not state.requires_delay_consent or state.cancelled_at or state.untracked_at:
        return
    already_asked = state.has_open("consent") or state.has_open("resend")
    if already_asked or len(state.consents) >= MAX_CONSENTS:
        return
    for units in state.unshipped_by_subject().values():
        due = min(state.due_of(line) for line in units)
        at = max(due - timedelta(hours=option.notice), state.order.placed_at)
        offer = OfferDelayOption(lines=tuple(units))
        yield ScheduledAction(at=at, owner="merchant", action=offer, reason="not_shipped")


class OfferDelayOption(Change):
    """Request the customer's consent to a later date. No answer means consent once, and only to 30 days (DLY-5).

    lines: that are late, with one promise.
    """

    kind: ClassVar = "offer_delay_option"
    lines: tuple[str, ...]

    def apply(self, state: JourneyState, now: datetime) -> None:
        option = state.terms.policy.delay_option
        assert option is not None
        if state.has_open("consent"):
            return  # an offer about other lines that was due at the same time
        due = min(state.due_of(line) for line in self.lines)
        promised = local_day(due - timedelta(microseconds=1), state.zone)
        day = max(promised, local_day(now, state.zone)) + timedelta(days=option.extension)
        deadline = max(due, now + timedelta(hours=option.notice))
        earlier = (consent for consent in state.consents if consent.answer)
        first = all(consent.lines and set(consent.lines).isdisjoint(self.lines) for consent in earlier)
        silence: ConsentDecision = "wait" if first and option.extension <= MAX_SILENT_EXTENSION else "cancel"
        request_consent(state, SYSTEM, Promise(day=day), deadline, silence, now, self.lines)


def unshipped_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The question to the merchant about units that have not shipped; by default the journey then stops waiting.

    Nothing is refunded on a guess, as a merchant may ship without reporting it.
    """
    if not state.unshipped() or state.untracked_at or state.cancelled_at or state.has_open("resend"):
        return
    if not state.has_open("not_shipped", state.order.order):
        promised = max(state.due_of(line) for line in state.unshipped())
        since = promised + timedelta(days=state.terms.policy.unshipped_days)
        yield scheduled_question(OpenQuestion(question="not_shipped", subject=state.order.order), since)


def stop_waiting_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    state.untracked_at = now
