"""How consents change an order: asked, then answered by somebody or by silence."""

from datetime import datetime

from domain import calling_off, keys
from domain.actors import Actor
from domain.attention import Attention
from domain.consents import Agreement, Consent
from domain.journey import JourneyState
from domain.promises import Promise


def ask(
    state: JourneyState,
    actor: Actor,
    promise: Promise,
    deadline: datetime,
    if_silent: Agreement,
    now: datetime,
) -> Consent:
    """Ask the customer, and start the timer with its default."""
    consent_id, due = f"c{len(state.consents) + 1}", promise.due(state.zone)
    asked = Consent(
        consent_id=consent_id, due=due, asked_at=now, deadline=deadline, if_silent=if_silent, promise=promise
    )
    state.consents.append(asked)
    state.ask_for_attention(
        Attention(
            kind="consent",
            subject=consent_id,
            owner="customer",
            since=now,
            deadline=deadline,
            default=if_silent,
        )
    )
    dates = {"due": due.isoformat(), "deadline": deadline.isoformat(), "if_silent": if_silent}
    state.write(now, actor, "consent_asked", consent_id, **dates)
    key = keys.notice(f"{state.order.order}/{consent_id}", "consent_asked", 1)
    state.tell(now, key, "consent_asked", consent_id, **dates)
    return asked


def answer(state: JourneyState, consent_id: str, said: Agreement, actor: Actor, now: datetime) -> None:
    """Wait: the new date is the promise now. Cancel: what has not left is called off and paid back."""
    consent = next(one for one in state.consents if one.consent_id == consent_id)
    consent.answer, consent.answered_at = said, now
    state.settle_attention(f"consent/{consent_id}")
    state.write(now, actor, "consent_answered", consent_id, answer=said)
    if said == "cancel":
        calling_off.call_off_what_is_here(state, actor, now)
