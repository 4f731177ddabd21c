"""When the money of a return comes, as its quote tells it: if the goods are handed over today."""

from datetime import date, datetime, timedelta

from domain.clock import local_day
from domain.model.offer import MoneyTiming
from domain.model.quote import TenderShare
from domain.model.return_choices import PayOn
from domain.model.state import JourneyState
from domain.payments.statement_days import days_to_statement, statement_day
from domain.returns.withdrawal import promised_end, statutory_end
from domain.units import UnitsByLine


def money_timing(
    state: JourneyState, units: UnitsByLine, shares: list[TenderShare], pay_on: PayOn, now: datetime
) -> MoneyTiming:
    """The dates of money that goes back to these shares. Store credit has none: it is there when it leaves."""
    leaves = _leaves_by(state, units, pay_on, now)
    days = [days_to_statement(state, share.kind) for share in shares if share.to != "credit"]
    arrives = leaves and statement_day(state, leaves, max(days, default=0))
    return MoneyTiming(pay_on=pay_on, leaves_by=leaves, arrives_by=arrives)


def _leaves_by(state: JourneyState, units: UnitsByLine, pay_on: PayOn, now: datetime) -> date | None:
    if pay_on == "drop_off":
        return local_day(now, state.zone)
    ends = [end for end in (statutory_end(state, units, now), promised_end(state, now)) if end is not None]
    return local_day(min(ends) - timedelta(microseconds=1), state.zone) if ends else None
