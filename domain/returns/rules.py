"""The rules of the way back: goods that come, and the money that follows them."""

from collections.abc import Iterator
from datetime import timedelta

from domain.model.actions import ExpireReturn, PlanReturn, WriteOffGoods
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState


def return_expiries_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """A code that nobody used frees its units (S-48). What was mailed in time is seen only when it arrives."""
    for case in state.returns:
        if case.decision == "authorized" and case.goods == "awaiting":
            travel = timedelta(days=state.terms.policy.goods_days if case.method == "mail" else 0)
            default = ExpireReturn(return_id=case.return_id)
            at = case.code_expires_at + travel
            yield ScheduledAction(at=at, owner="customer", action=default, reason="not_dropped_off")


def goods_write_offs_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Goods that were handed over and never reach the warehouse."""
    for case in state.returns:
        if case.decision == "authorized" and case.goods in ("dropped_off", "partly_received"):
            since = case.dropped_off.at if case.dropped_off else case.opened_at
            at = max(since, case.code_expires_at) + timedelta(days=state.terms.policy.goods_days)
            default = WriteOffGoods(return_id=case.return_id)
            yield ScheduledAction(at=at, owner="partner", action=default, reason="goods_not_received")


def return_refunds_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Goods have earned their money: plan it. Planned money is an intent, committed before anything is sent."""
    for case in state.returns:
        if state.payable_units(case):
            default = PlanReturn(return_id=case.return_id)
            yield ScheduledAction(at=case.opened_at, owner="system", action=default, reason="refund_due")
