"""Automatic steps of a return: a drop-off code that is not used expires, goods are written off, refunds are planned."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from domain.money import total
from domain.payments import refund_plan
from domain.payments.refundable import value_of
from domain.returns.steps import notify_return


def return_expiries_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Returns to expire: the drop-off code was not used in time. Their units are free again (S-48).

    Goods sent by mail get `goods_days` more: mail that was sent in time is known only when it arrives.
    """
    for case in state.returns:
        if case.decision == "authorized" and case.goods == "awaiting":
            travel = timedelta(days=state.terms.policy.goods_days if case.method == "mail" else 0)
            yield ScheduledAction(
                at=case.code_expires_at + travel,
                owner="customer",
                action=ExpireReturn(return_id=case.return_id),
                reason="not_dropped_off",
            )


class ExpireReturn(Change):
    """End a return whose goods were not handed over in time, and notify the customer."""

    kind: ClassVar = "expire_return"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        case.decision, case.held_until = "expired", None
        state.settle_question("hold", self.return_id)
        state.audit(now, SYSTEM, "return_expired", self.return_id)
        notify_return(state, case, "return_expired", now)


def goods_write_offs_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Goods to write off: they were handed over and did not reach the warehouse within `goods_days`."""
    for case in state.returns:
        if case.decision == "authorized" and case.goods in ("dropped_off", "partly_received"):
            since = case.dropped_off.at if case.dropped_off else case.opened_at
            yield ScheduledAction(
                at=max(since, case.code_expires_at) + timedelta(days=state.terms.policy.goods_days),
                owner="partner",
                action=WriteOffGoods(return_id=case.return_id),
                reason="goods_not_received",
            )


class WriteOffGoods(Change):
    """Write off goods that were dropped off. The carrier or partner lost them, so the customer is still paid."""

    kind: ClassVar = "write_off_goods"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        case.written_off_at = now
        missing = sum(map(len, case.missing.values()))
        state.audit(now, SYSTEM, "goods_written_off", self.return_id, missing=missing)


def return_refunds_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Refunds to plan, for units that are payable. A refund is paid after the commit that stores its plan."""
    for case in state.returns:
        if state.payable_units(case):
            yield ScheduledAction(
                at=case.opened_at,
                owner="system",
                action=PlanReturn(return_id=case.return_id),
                reason="refund_due",
            )


class PlanReturn(Change):
    """Plan the refund of the units that are payable now. Finance gets a question when less is left than they cost."""

    kind: ClassVar = "plan_return"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        settlement = refund_plan.plan_return(state, state.require_case(self.return_id), now)
        state.plan(settlement, now)
        planned = total([leg.principal for leg in settlement.legs], state.order.currency)
        if planned < value_of(state, settlement.units):
            state.open_question("refund_mismatch", self.return_id, now)
