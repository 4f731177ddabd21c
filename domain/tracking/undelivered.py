"""Parcels that do not arrive: their units are refunded."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain import notice_keys
from domain.actors import STAFF, Role
from domain.delays import follow_ups
from domain.model.actions import Change
from domain.model.attention import AttentionItem
from domain.model.deadlines import ScheduledAction
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.payments import refund_plan
from domain.returns.steps import cancel_idle_returns
from domain.tracking.resends import abandon_resend
from domain.tracking.traces import close_trace, payable_by_default
from domain.units import UnitsByLine, without


def undelivered_refunds_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """A unit of a lost parcel was on a return that ended without payment: no other rule would refund it."""
    for parcel in state.parcels:
        if parcel.lost_at is not None and state.unrefunded_units(parcel):
            yield ScheduledAction(
                at=parcel.lost_at,
                owner="system",
                action=PlanUndelivered(parcel_id=parcel.parcel_id),
                reason="parcel_lost",
            )


class PlanUndelivered(Change):
    """Plan the refund of the units of a lost parcel that are not refunded yet."""

    kind: ClassVar = "plan_undelivered"
    parcel_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        parcel = state.require_parcel(self.parcel_id)
        _refund_units(state, self.parcel_id, state.unrefunded_units(parcel), now)


def refund_undelivered(state: JourneyState, parcel_id: str, now: datetime, by: Role) -> None:
    """Mark a parcel as lost and plan the refund of its units. The parcel is lost, or on its way back to the shop.

    by: the role that decided it; `system` where the default of a question did.
    """
    parcel = state.require_parcel(parcel_id)
    parcel.lost_at, parcel.lost_by = now, parcel.lost_by or by
    state.settle_questions_about(parcel_id)
    cancel_idle_returns(state, parcel, now)
    _refund_units(state, parcel_id, without(parcel.units, state.unavailable_units()), now)


def _refund_units(state: JourneyState, parcel_id: str, units: UnitsByLine, now: datetime) -> None:
    """Plan the refund of these units. When there is something to pay, the customer is notified once that the parcel is lost."""
    if not units:
        return
    parcel = state.require_parcel(parcel_id)
    settlement = refund_plan.plan_undelivered(state, parcel_id, units, now)
    if state.unread_refunds() and parcel.lost_by not in STAFF:  # the storefront may have paid for them
        settlement = settlement.without_money()
        state.open_question("refund_mismatch", parcel_id, now)
    state.plan(settlement, now)
    key = notice_keys.order_notice(state.order.order, parcel_id, "parcel_lost", 1)
    if settlement.legs and not parcel.loss_notified:
        parcel.loss_notified = True
        follow_ups.fulfil(state, parcel_id, now)
        state.notify(now, key, "parcel_lost", parcel_id)


def refund_disputed(state: JourneyState, parcel: Parcel, now: datetime, by: Role) -> None:
    """Refund a parcel that the carrier reports as delivered and the customer does not have. The trace is closed."""
    parcel.loss_notified = True  # by the notice of the closed trace
    close_trace(state, parcel, "refunded", now)
    refund_undelivered(state, parcel.parcel_id, now, by)


def refund_lost_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    refund_undelivered(state, item.subject, now, Role.SYSTEM)


def refund_resend_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    abandon_resend(state, state.require_parcel(item.subject))
    refund_undelivered(state, item.subject, now, Role.SYSTEM)


def end_trace_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    parcel = state.require_parcel(item.subject)
    if item.default == "refund":
        refund_disputed(state, parcel, now, Role.SYSTEM)
    else:
        close_trace(state, parcel, "dismissed" if payable_by_default(state, parcel) else "unclear", now)
