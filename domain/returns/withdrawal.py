"""The right to withdraw from a contract: until when it lasts, and the dates by which the law wants the money back."""

from datetime import datetime, timedelta

from domain.clock import end_of_day, local_day
from domain.model.country_packs import EU, UK, CountryPack, law_of
from domain.model.state import JourneyState
from domain.model.withdrawal_windows import withdrawal_day
from domain.units import UnitsByLine

# Directive 2011/83/EU, article 13: within 14 days of being told so the trader pays back by the means that the customer paid
# with. The United Kingdom has the same rule (SI 2013/3134, regulation 34).
_REIMBURSEMENT = 14  # days


def has_right(state: JourneyState) -> bool:
    """Whether the law of the destination gives its customer the right to withdraw."""
    return _law(state) is not None


def _law(state: JourneyState) -> CountryPack | None:
    """It holds whatever the merchant's policy says, and whether or not the policy has the pack for all returns."""
    law = law_of(state.order.destination.country)
    return law if law in (EU, UK) else None


def withdrawal_end(state: JourneyState) -> datetime | None:
    """The first instant at which the customer can no longer withdraw; None while goods are still to come, or without the right.

    Goods that were sent in exchange for others are no part of the contract's last delivery.
    """
    law = _law(state)
    if law is None or state.awaits_goods:
        return None
    exchanged, arrivals = state.exchanged_lines(), state.arrivals()
    times = [at for line, units in arrivals.items() if line not in exchanged for at in units.values()]
    return end_of_day(withdrawal_day(state, law, max(times)), state.zone) if times else None


def may_withdraw(state: JourneyState, units: UnitsByLine, now: datetime) -> bool:
    """Whether the customer may still withdraw from the contract about any of these units, which have arrived."""
    if not has_right(state):
        return False
    arrivals = state.arrivals()
    arrived = any(unit in arrivals.get(line, {}) for line, numbers in units.items() for unit in numbers)
    end = withdrawal_end(state)
    return arrived and (end is None or now < end)


def reimbursement_end(state: JourneyState, announced_at: datetime) -> datetime:
    """The end of the last day on which the money of a withdrawal may leave that the shop received then."""
    own = state.terms.policy.refund_deadlines.statutory_days.get(state.order.destination.country)
    days = _REIMBURSEMENT if own is None else min(_REIMBURSEMENT, own)
    return _end_after(state, announced_at, days)


def statutory_end(state: JourneyState, units: UnitsByLine, opened_at: datetime) -> datetime | None:
    """The end of the last day on which the money of a return opened then may leave by law; None where there is none.

    A policy's days for a country of the directive count only for withdrawals, and only if they are fewer.
    """
    if has_right(state):
        return reimbursement_end(state, opened_at) if may_withdraw(state, units, opened_at) else None
    terms = state.terms.policy.refund_deadlines
    days = terms.statutory_days.get(state.order.destination.country, terms.other_days)
    return None if days is None else _end_after(state, opened_at, days)


def promised_end(state: JourneyState, handed_over_at: datetime) -> datetime | None:
    """The end of the last day on which the money leaves by the shop's promise; None where it promises nothing."""
    days = state.terms.policy.refund_deadlines.promised_days
    return None if days is None else _end_after(state, handed_over_at, days)


def _end_after(state: JourneyState, start: datetime, days: int) -> datetime:
    return end_of_day(local_day(start, state.zone) + timedelta(days=days), state.zone)
