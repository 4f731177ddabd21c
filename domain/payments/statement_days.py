"""When a refund should be on the customer's statement, and when one that the provider has accepted is late."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from domain.calendars import after_working_days, working_day
from domain.clock import local_day
from domain.model.leg import Leg
from domain.model.order import TenderKind
from domain.model.state import JourneyState

_SATURDAY = 5  # of `date.weekday()`; banks work from Monday to Friday, and not on the days that the order's terms name
_SPAN = timedelta(days=120)  # longer than any number of bank days that a policy may set


def on_statement_by(state: JourneyState, leg: Leg, now: datetime) -> date:
    """The day by which the statement shows it: so many bank days after today as the policy gives the kind of tender."""
    tender = state.order.tender(leg.tender_id)
    days = days_to_statement(state, tender.kind if tender else None)
    return statement_day(state, local_day(now, state.zone), days)


def days_to_statement(state: JourneyState, kind: TenderKind | None) -> int:
    """Bank days until a statement shows what left today."""
    terms = state.terms.policy.refund_times
    return terms.statement_days.get(kind, terms.other_days) if kind else terms.other_days


def statement_day(state: JourneyState, left: date, days: int) -> date:
    """The day by which money that left on that day is there; with no days to wait, that day itself."""
    return _statement_day(state.terms.off_days, state.zone, left, days) if days else left


@lru_cache(maxsize=1024)
def _statement_day(off_days: tuple[date, ...], zone: str, left: date, days: int) -> date:
    """Kept, as every quote of a day asks for the same few."""
    return working_day(left, days, zone, _bank_rest_days(off_days, left))


def late_at(state: JourneyState, accepted_at: datetime) -> datetime:
    """When a refund that was accepted then is late at the provider."""
    off = _bank_rest_days(state.terms.off_days, local_day(accepted_at, state.zone))
    return after_working_days(accepted_at, state.terms.policy.refund_times.late_days, state.zone, off)


@lru_cache(maxsize=256)
def _bank_rest_days(off_days: tuple[date, ...], start: date) -> frozenset[date]:
    days = (start + timedelta(days=n) for n in range(_SPAN.days))
    return frozenset(off_days).union(day for day in days if day.weekday() >= _SATURDAY)
