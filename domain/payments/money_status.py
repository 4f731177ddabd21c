"""The status of a return's money."""

from typing import Literal

from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.units import units_in, without

MoneyStatus = Literal["none", "pending", "partly_paid", "paid", "failed", "reversed"]


def money_status(state: JourneyState, case: ReturnCase) -> MoneyStatus:
    """The status of the return's money, whatever the status of its goods."""
    settlements = state.settlements_of(case.return_id)
    reversals = [s for s in settlements if s.purpose == "reversal"]
    if reversals and all(leg.status == "settled" for s in reversals for leg in s.legs):
        return "reversed"
    legs = [leg for s in settlements if not s.takes_back for leg in s.legs]
    any_paid = any(leg.status == "settled" for leg in legs)
    if any(leg.status in ("failed", "reversed") for leg in legs):
        return "partly_paid" if any_paid else "failed"
    if any(leg.open for leg in legs) or state.payable_units(case):
        return "partly_paid" if any_paid else "pending"
    if not settlements:
        return "none"
    if not case.goods_settled and _unpaid_units(state, case):
        return "partly_paid" if any_paid else "pending"
    if any(leg.status == "skipped" for leg in legs):
        return "partly_paid" if any_paid else "none"
    return "paid"


def is_fully_paid(state: JourneyState, case: ReturnCase) -> bool:
    """Whether no more money will move for the return: everything was paid, or waived by an agent."""
    settlements = state.settlements_of(case.return_id)
    any_open = any(leg.open for settlement in settlements for leg in settlement.legs)
    waiting = any_open or state.payable_units(case)
    return bool(settlements) and not waiting and (case.goods_settled or not _unpaid_units(state, case))


def _unpaid_units(state: JourneyState, case: ReturnCase) -> bool:
    return bool(without(case.units, units_in(s.units for s in state.settlements_of(case.return_id))))
