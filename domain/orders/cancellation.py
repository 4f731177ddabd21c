"""Cancel an order: all of it while nothing has shipped, else the units that have not shipped."""

from datetime import datetime

from domain import notice_keys
from domain.actors import Actor
from domain.delays import follow_ups
from domain.model.attention import AttentionKind
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.payments import refund_plan
from domain.units import UnitsByLine, units_in, without

# Questions about money that has moved, or is still owed, outlive the order.
_ABOUT_MONEY: tuple[AttentionKind, ...] = (
    "refund_mismatch", "refund_failed", "refund_amount_unknown", "payment_failed", "payment_unknown",
    "payment_not_captured", "refund_by_hand", "refund_amount_differs", "refund_late", "refund_returned",
    "dispute", "dispute_refunded", "dispute_units", "dispute_outcome_changed",
)  # fmt: skip


def shipped_parcels(state: JourneyState) -> list[Parcel]:
    """Parcels that have left the shop."""
    return [parcel for parcel in state.parcels if parcel.has_left]


def collected_lines(state: JourneyState) -> list[str]:
    """Lines of which the customer has collected units."""
    collected = [handover for handover in state.handovers if handover.handed_over_at]
    digital = state.units_of("digital")
    return sorted({line for handover in collected for line in handover.units} - set(digital))


def left_the_shop(state: JourneyState) -> bool:
    """Whether the customer or a carrier has any of the goods that can be touched: only the rest can be cancelled."""
    return bool(shipped_parcels(state) or collected_lines(state))


def _cancellable(state: JourneyState, lines: tuple[str, ...]) -> UnitsByLine:
    """The units that can be cancelled, of these lines or of all."""
    units = state.cancellable_units()
    return {line: units[line] for line in units if line in lines} if lines else units


def cancel_order(state: JourneyState, actor: Actor, now: datetime) -> None:
    """Cancel the whole order. All captured money that is not promised yet is refunded."""
    state.plan(refund_plan.plan_cancellation(state, now), now)
    state.cancelled_at = now
    state.attention = [item for item in state.attention if item.kind in _ABOUT_MONEY]
    for follow_up in state.follow_ups:
        follow_ups.expire(state, follow_up.subject, now)
    order = state.order.order
    state.audit(now, actor, "order_cancelled", order)
    state.notify(now, notice_keys.notice(order, "order_cancelled", 1), "order_cancelled", order)


def cancel_rest(state: JourneyState, now: datetime, lines: tuple[str, ...] = ()) -> None:
    """Cancel the units that have not left the shop, of these lines or of all. What was paid for them is refunded."""
    cancel_units(state, _cancellable(state, lines), now)


def cancel_units(state: JourneyState, units: UnitsByLine, now: datetime) -> None:
    """Cancel these units, which have not left the shop. What was paid for them is refunded."""
    settlement = refund_plan.plan_unshipped(state, units, now)
    state.plan(settlement, now)
    state.rest_cancelled_at = now
    if not state.unshipped():
        state.settle_question("not_shipped", state.order.order)
    if not state.uncollected():
        state.settle_question("not_collected", state.order.order)
    state.settle_questions_about_shipping()
    about = settlement.occasion
    state.notify(now, notice_keys.notice(about, "rest_cancelled", 1), "rest_cancelled", about)


def cancel_remaining(state: JourneyState, actor: Actor, now: datetime, lines: tuple[str, ...] = ()) -> None:
    """Cancel as much of these lines, or of the order, as can still be cancelled: all of it, else what has not left."""
    cancellable = _cancellable(state, lines)
    others = without(state.cancellable_units(), units_in([cancellable]))
    if others or left_the_shop(state) or any(case.live for case in state.returns):
        if cancellable:
            cancel_rest(state, now, lines)
    else:
        cancel_order(state, actor, now)


def cancel_chosen(state: JourneyState, actor: Actor, units: UnitsByLine, now: datetime) -> None:
    """Cancel these units, which have not left the shop; the whole order where they are all that is left of it."""
    others = without(state.cancellable_units(), units_in([units]))
    digital = state.units_of("digital")
    if others or digital or left_the_shop(state) or any(case.live for case in state.returns):
        cancel_units(state, units, now)
    else:
        cancel_order(state, actor, now)
