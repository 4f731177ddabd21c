"""The right to withdraw from a contract: until when it lasts, and the dates by which the law wants the money back."""

from datetime import date, datetime, timedelta

from domain.calendars import working_day
from domain.clock import end_of_day, local_day
from domain.model.order import Country
from domain.model.state import JourneyState
from domain.units import UnitsByLine

# Directive 2011/83/EU, articles 9 and 13: within 14 days of the delivery the customer may withdraw, and within 14 days of being
# told so the trader pays back by the means that the customer paid with. It holds in the Union and the EEA; the United Kingdom
# has the same rule (SI 2013/3134, regulations 30 and 34). Goods of one order that come in several parcels have one period, which
# begins with the last of them. Regulation (EEC, Euratom) 1182/71, article 3 (4): a period whose last day is a Saturday, a Sunday
# or a public holiday ends with the next working day.
_WITHDRAWAL = timedelta(days=14)
_REIMBURSEMENT = 14  # days
_COUNTRIES: frozenset[Country] = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT", "LI",
        "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
_WEEKEND = (5, 6)  # date.weekday()


def has_right(state: JourneyState) -> bool:
    """Whether the law of the destination gives its customer the right to withdraw."""
    return state.order.destination.country in _COUNTRIES


def withdrawal_end(state: JourneyState) -> datetime | None:
    """The first instant at which the customer can no longer withdraw; None while goods of the order are still to come.

    Goods that were sent in exchange for others are no part of the contract's last delivery.
    """
    if _awaits_goods(state):
        return None
    exchanged = {
        line for case in state.returns if case.exchange for part in case.exchange.parts for line in part.units
    }
    arrivals = state.arrivals()
    times = [at for line, units in arrivals.items() if line not in exchanged for at in units.values()]
    return _last_moment(max(times), state) if times else None


def _awaits_goods(state: JourneyState) -> bool:
    under_way = (
        one
        for one in state.parcels
        if not (one.void or one.resent or one.delivered_at or one.assumed_arrival or one.lost_at)
    )
    return any(under_way) or bool(state.unshipped() or state.uncollected())


def may_withdraw(state: JourneyState, units: UnitsByLine, now: datetime) -> bool:
    """Whether the customer may still withdraw from the contract about any of these units, which have arrived."""
    if not has_right(state):
        return False
    arrivals = state.arrivals()
    arrived = any(unit in arrivals.get(line, {}) for line, numbers in units.items() for unit in numbers)
    end = withdrawal_end(state)
    return arrived and (end is None or now < end)


def _last_moment(arrived: datetime, state: JourneyState) -> datetime:
    zone, last = state.zone, local_day(arrived, state.zone) + _WITHDRAWAL
    return end_of_day(working_day(last, 0, zone, _days_off(state, last)), zone)


def _days_off(state: JourneyState, last: date) -> frozenset[date]:
    """The weekends around that day, and the days without work that the order knows of its destination."""
    near = (last + timedelta(days=after) for after in range(14))
    return state.terms.rest_days | {day for day in near if day.weekday() in _WEEKEND}


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
