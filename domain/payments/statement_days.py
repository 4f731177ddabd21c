"""When a refund should be on the customer's statement, and when one that the provider has accepted is late."""

from datetime import date, datetime, timedelta

from domain.calendars import after_working_days, working_day
from domain.clock import local_day
from domain.model.leg import Leg
from domain.model.state import JourneyState

_SATURDAY = 5  # of `date.weekday()`; banks work from Monday to Friday, and not on the days that the order's terms name
_SPAN = timedelta(days=120)  # longer than any number of bank days that a policy may set


def on_statement_by(state: JourneyState, leg: Leg, now: datetime) -> date:
    """The day by which the statement shows it: so many bank days after today as the policy gives the kind of tender."""
    terms, tender = state.terms.policy.refund_times, state.order.tender(leg.tender_id)
    days = terms.statement_days.get(tender.kind, terms.other_days) if tender else terms.other_days
    today = local_day(now, state.zone)
    return working_day(today, days, state.zone, _bank_rest_days(state, today))


def late_at(state: JourneyState, accepted_at: datetime) -> datetime:
    """When a refund that was accepted then is late at the provider."""
    off = _bank_rest_days(state, local_day(accepted_at, state.zone))
    return after_working_days(accepted_at, state.terms.policy.refund_times.late_days, state.zone, off)


def _bank_rest_days(state: JourneyState, start: date) -> frozenset[date]:
    days = (start + timedelta(days=n) for n in range(_SPAN.days))
    return state.terms.rest_days | {day for day in days if day.weekday() >= _SATURDAY}
