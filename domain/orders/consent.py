"""Consents to a later date: requested, then answered by the customer, by an agent, or by default."""

from datetime import datetime
from typing import Literal

from domain import notice_keys
from domain.actors import SYSTEM, Actor
from domain.model.attention import AttentionItem
from domain.model.consent import Consent, ConsentDecision
from domain.model.promise import Promise
from domain.model.state import JourneyState
from domain.orders import cancellation


def request_consent(
    state: JourneyState, actor: Actor, promise: Promise, deadline: datetime, default_answer: ConsentDecision, now: datetime,
    lines: tuple[str, ...] = (),
) -> Consent:  # fmt: skip
    """Request the customer's consent and open the question with its deadline and default answer.

    lines: that it is about; empty for everything that has not shipped, at the merchant's own request.
    A notice about certain lines names their old date too.
    """
    consent_id, due = f"c{len(state.consents) + 1}", promise.due(state.zone)
    consent = Consent(
        consent_id=consent_id,
        due=due,
        requested_at=now,
        deadline=deadline,
        default_answer=default_answer,
        promise=promise,
        lines=lines,
    )
    state.consents.append(consent)
    state.open_question("consent", consent_id, now, deadline=deadline, default=default_answer)
    dates = {"due": due.isoformat(), "deadline": deadline.isoformat(), "default_answer": default_answer}
    state.audit(now, actor, "consent_requested", consent_id, **dates)
    kind: Literal["consent_requested", "delay_option"] = "delay_option" if lines else "consent_requested"
    key = notice_keys.order_notice(state.order.order, consent_id, kind, 1)
    if lines:
        promised = min(state.due_of(line) for line in lines)
        dates |= {"due": promised.isoformat(), "new_due": due.isoformat()}
    state.notify(now, key, kind, consent_id, **dates)
    return consent


def respond_to_consent(
    state: JourneyState, consent_id: str, decision: ConsentDecision, actor: Actor, now: datetime
) -> None:
    """Enter the answer to the request.

    wait: the new date is the promise now.
    cancel: the units that it is about, as far as they can be cancelled, are cancelled and refunded.
    """
    consent = next(other for other in state.consents if other.consent_id == consent_id)
    consent.answer, consent.answered_at, consent.answered_by = decision, now, actor.role
    state.settle_question("consent", consent_id)
    state.audit(now, actor, "consent_answered", consent_id, answer=decision)
    if decision == "cancel":
        cancellation.cancel_remaining(state, actor, now, consent.lines)


def respond_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """Apply the default answer that the request announced, as the customer gave none."""
    answer: ConsentDecision = "wait" if item.default == "wait" else "cancel"
    respond_to_consent(state, item.subject, answer, SYSTEM, now)
