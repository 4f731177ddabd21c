"""The right to withdraw from a contract, and the date by which the law wants the money back."""

from datetime import datetime, timedelta

from domain.clock import end_of_day, local_day
from domain.model.order import Country
from domain.model.state import JourneyState
from domain.units import UnitsByLine

# Directive 2011/83/EU, articles 9 and 13: within 14 days of the delivery the customer may withdraw, and within 14 days of being
# told so the trader pays back by the means that the customer paid with. It holds in the Union and the EEA; the United Kingdom
# has the same rule (SI 2013/3134, regulations 30 and 34).
_WITHDRAWAL = timedelta(days=14)
_REIMBURSEMENT = 14  # days
_COUNTRIES: frozenset[Country] = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT", "LI",
        "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


def may_withdraw(state: JourneyState, units: UnitsByLine, now: datetime) -> bool:
    """Whether the customer may still withdraw from the contract about any of these units."""
    if state.order.destination.country not in _COUNTRIES:
        return False
    arrivals = state.arrivals()
    times = {arrivals.get(line, {}).get(unit) for line, numbers in units.items() for unit in numbers}
    return any(at is not None and now < _last_moment(at, state.zone) for at in times)


def _last_moment(arrived: datetime, zone: str) -> datetime:
    return end_of_day(local_day(arrived, zone) + _WITHDRAWAL, zone)


def statutory_end(state: JourneyState, units: UnitsByLine, opened_at: datetime) -> datetime | None:
    """The end of the last day on which the money of a return opened then may leave by law; None where there is none.

    A policy's days for a country of the directive count only for withdrawals, and only if they are fewer.
    """
    terms, country = state.terms.policy.refund_deadlines, state.order.destination.country
    days = terms.statutory_days.get(country)
    if country in _COUNTRIES:
        if not may_withdraw(state, units, opened_at):
            return None
        days = min(_REIMBURSEMENT, _REIMBURSEMENT if days is None else days)
    elif days is None:
        days = terms.other_days
    return None if days is None else _end_after(state, opened_at, days)


def promised_end(state: JourneyState, handed_over_at: datetime) -> datetime | None:
    """The end of the last day on which the money leaves by the shop's promise; None where it promises nothing."""
    days = state.terms.policy.refund_deadlines.promised_days
    return None if days is None else _end_after(state, handed_over_at, days)


def _end_after(state: JourneyState, start: datetime, days: int) -> datetime:
    return end_of_day(local_day(start, state.zone) + timedelta(days=days), state.zone)
