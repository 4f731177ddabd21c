"""The fast-return bonus (NEW-8): a table of dates and amounts, frozen in the quote, fixed when the goods are handed over."""

from datetime import date, datetime, timedelta

from domain.clock import end_of_day, local_day
from domain.model.bonus_table import BonusRow
from domain.model.leg import Leg
from domain.model.quote import TenderShare
from domain.model.return_case import ReturnCase
from domain.model.return_choices import ReturnMethod
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.payments.bonuses import bonus_weights

FAST_RETURN_TENDER = "fast_return"  # instead of a tender of the order: nothing was paid on it


def quoted_table(
    state: JourneyState, shares: list[TenderShare], method: ReturnMethod, now: datetime
) -> tuple[BonusRow, ...]:
    """The table of a return that is authorized now. Goods that are sent by mail have no scan that could fix a bonus."""
    terms = state.terms.policy.fast_return
    cap = terms.cap.get(state.order.currency, 0) if terms else 0
    if terms is None or method != "drop_off" or not cap:
        return ()
    currency = state.order.currency
    earning = Money(minor=sum(bonus_weights(state, shares)), currency=currency)
    left = Money(minor=max(0, cap - sum(_promised(state, case) for case in state.returns)), currency=currency)
    first = local_day(now, state.zone)
    rows = [_row(first, state.zone, step.days, min(earning.rate(step.bonus), left)) for step in terms.steps]
    return tuple(row for row in rows if row.bonus)


def _row(first: date, zone: str, days: int, bonus: Money) -> BonusRow:
    until = first + timedelta(days=days)
    return BonusRow(days=days, until=until, ends_at=end_of_day(until, zone), bonus=bonus)


def authorize(state: JourneyState, case: ReturnCase, now: datetime) -> None:
    """The return is authorized: from today on the days of its bonus count."""
    first = local_day(now, state.zone)
    case.authorized_at = now
    case.fast_return = tuple(_row(first, state.zone, row.days, row.bonus) for row in case.quote.fast_return)


def bonus_at(table: tuple[BonusRow, ...], at: datetime, currency: str) -> Money:
    """The bonus of goods that are handed over at that time."""
    return next((row.bonus for row in table if at < row.ends_at), zero(currency))


def fixed_bonus(state: JourneyState, case: ReturnCase) -> Money:
    """The bonus that the return has earned: by the first scan of its goods. Zero before."""
    at = case.handed_over_at
    currency = state.order.currency
    return zero(currency) if at is None else bonus_at(case.fast_return, at, currency)


def _promised(state: JourneyState, case: ReturnCase) -> int:
    """What the return was promised at most, or was paid and has not been taken back, in minor units."""
    paid = paid_bonus(state, case)
    if not case.live:
        return paid
    rows = case.fast_return or case.quote.fast_return
    best = max((row.bonus.minor for row in rows), default=0)
    return max(paid, best if case.handed_over_at is None else fixed_bonus(state, case).minor)


def _legs(state: JourneyState, case: ReturnCase, *, taken_back: bool) -> list[Leg]:
    return [
        leg
        for s in state.settlements_of(case.return_id)
        if s.takes_back is taken_back
        for leg in s.legs
        if leg.tender_id == FAST_RETURN_TENDER
    ]


def paid_bonus(state: JourneyState, case: ReturnCase) -> int:
    """What was paid or will be, less what was taken back, in minor units."""
    paid = sum(leg.bonus.minor for leg in _legs(state, case, taken_back=False) if leg.status != "skipped")
    back = [leg.bonus.minor for leg in _legs(state, case, taken_back=True) if leg.status == "settled"]
    return paid - sum(back)
