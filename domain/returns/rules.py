"""Automatic steps of a return: a drop-off code that is not used expires, goods are written off, refunds are planned."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments import refund_plan
from domain.returns import quotes
from domain.returns.steps import notify_return, open_review
from domain.units import units_in, without


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
            since = (case.left_customer and case.handed_over_at) or case.opened_at
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


def reviews_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Returns to review again: after they were authorized the storefront paid back an unknown amount, for whatever units."""
    for case in state.returns:
        if _may_pay_by_itself(state, case) and any(
            one not in case.waived for one in quotes.unread_refunds(state)
        ):
            yield ScheduledAction(
                at=case.opened_at,
                owner="system",
                action=ReviewReturn(return_id=case.return_id),
                reason="refund_amount_unknown",
            )


def _may_pay_by_itself(state: JourneyState, case: ReturnCase) -> bool:
    """Whether units of the return may still be paid without a person: it is authorized, or would be by default."""
    if case.decision == "in_review":
        item = state.open_item("review", case.return_id)
        return item is not None and item.default == "approve"
    unsettled = without(case.units, units_in(s.units for s in state.settlements_of(case.return_id)))
    waits = not case.goods_settled or bool(state.payable_units(case))
    return case.decision == "authorized" and waits and bool(unsettled)


class ReviewReturn(Change):
    """Put a return into review that the storefront may have paid. What was paid for a part of it stays."""

    kind: ClassVar = "review_return"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        case.revision, case.held_until = case.revision + (case.decision == "authorized"), None
        case.review = quotes.unread_refunds(state)
        state.settle_question("hold", case.return_id)
        state.audit(now, SYSTEM, "return_reviewed_again", case.return_id)
        open_review(state, case, now, maybe_paid=True)


def return_refunds_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Refunds to plan, for units that are payable. A refund is paid after the commit that stores its plan."""
    for case in state.returns:
        if case.resolution != "exchange" and state.payable_units(case):
            yield ScheduledAction(
                at=case.opened_at,
                owner="system",
                action=PlanReturn(return_id=case.return_id),
                reason="refund_due",
            )


class PlanReturn(Change):
    """Plan the refund of the units that are payable now. Finance gets a question when less is paid than they cost."""

    kind: ClassVar = "plan_return"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        settlement = refund_plan.plan_return(state, state.require_case(self.return_id), now)
        state.plan(settlement, now)
        if any(part.kind in ("unpaid", "already_refunded") for part in settlement.parts):
            state.open_question("refund_mismatch", self.return_id, now)
