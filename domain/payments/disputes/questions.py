"""Questions to finance about disputes: what is to be answered until when, and what only a person can decide."""

from datetime import datetime, timedelta

from domain.model.dispute import Dispute
from domain.model.state import JourneyState
from domain.payments.disputes.holds import already_refunded

_LONGEST_REMINDER = timedelta(days=365)


def open_dispute_question(state: JourneyState, dispute: Dispute, now: datetime) -> None:
    """Ask for an answer to the bank until the provider's deadline; afterwards, and without one, at growing intervals."""
    usual = timedelta(days=max(1, state.terms.policy.attention_days))
    stated = dispute.newest.respond_by if dispute.newest else None
    wait = min(max(usual, now - dispute.opened_at), _LONGEST_REMINDER)
    deadline = stated if stated is not None and stated > now else now + wait
    state.open_question("dispute", dispute.dispute, now, deadline=deadline)
    if already_refunded(state, dispute) and not state.has_open("dispute_refunded", dispute.dispute):
        state.open_question("dispute_refunded", dispute.dispute, now, deadline=deadline)


def open_outcome_questions(state: JourneyState, dispute: Dispute, now: datetime) -> None:
    """Of a lost one: ask for which units the bank has paid, where the amount does not say, and about what was paid twice."""
    is_twice = dispute.state == "lost" and already_refunded(state, dispute)
    if is_twice and not state.has_open("dispute_refunded", dispute.dispute):
        deadline = now + timedelta(days=state.terms.policy.claim_days)
        state.open_question("dispute_refunded", dispute.dispute, now, deadline=deadline)
    if dispute.unassigned and not state.has_open("dispute_units", dispute.dispute):
        usual = timedelta(days=max(1, state.terms.policy.attention_days))
        ended = dispute.ended_at or now
        wait = min(max(usual, now - ended), _LONGEST_REMINDER)
        state.open_question("dispute_units", dispute.dispute, now, deadline=now + wait)
    elif not dispute.unassigned:
        state.settle_question("dispute_units", dispute.dispute)
