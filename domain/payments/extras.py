"""Shipping, tip, and what the customer has not paid: amounts of an order that belong to no unit."""

from domain.model.payment import MOVED_OUTSIDE
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.refund_amounts import Part, value_of_units
from domain.units import Units, UnitsByLine, units_in


def extras_left(state: JourneyState, *, with_tip: bool) -> list[Part]:
    """What of shipping and tip has not gone back yet.

    Refunds of the storefront beyond the value of their units are taken to be of shipping, then of the tip.
    """
    order = state.order
    beyond = _refunded_beyond_units(state)
    shipping = max(0, order.shipping.minor - _paid(state, "shipping"))
    from_shipping = min(shipping, beyond)
    tip = max(0, (order.tip.minor if order.tip else 0) - _paid(state, "tip") - (beyond - from_shipping))
    left = shipping - from_shipping
    tax = None
    if order.shipping_tax is not None and left:
        tax = of_share(order.shipping_tax.minor, left, order.shipping.minor)
    parts = [Part("shipping", left, tax), Part("tip", tip if with_tip else 0)]
    return [part for part in parts if part.minor]


def of_share(whole: int, part: int, of: int) -> int:
    """The part of an amount that belongs to a part of another one, rounded down."""
    return whole * part // of


def shipping_left(state: JourneyState) -> Money:
    """The shipping that has not gone back."""
    minor = sum(part.minor for part in extras_left(state, with_tip=False))
    return Money(minor=minor, currency=state.order.currency)


def _paid(state: JourneyState, kind: str) -> int:
    """What all settlements have of such parts, but for returns whose credit is taken back."""
    return sum(part.amount.minor for s in _standing(state) for part in s.parts if part.kind == kind)


def _refunded_beyond_units(state: JourneyState) -> int:
    return sum(
        max(0, s.principal.minor - value_of_units(state.order, s.units))
        for s in state.settlements
        if s.purpose in MOVED_OUTSIDE and s.legs
    )


def unpaid_left(state: JourneyState) -> int:
    """What the customer was billed and did not pay, less what settlements have deducted for it, in minor units.

    A payment that was captured with less than it was placed with leaves it. Nothing was to be paid for units that left the
    order without money, as by an edit or an exchange in the storefront, nor for what was waived.
    """
    order = state.order
    short = order.bill.minor - sum(tender.amount.minor for tender in order.tenders)
    short += _paid(state, "exchanged") + _paid(state, "paid_on_top")  # new goods were paid with the old ones
    if short <= 0:
        return 0
    deducted = -_paid(state, "unpaid")
    waived = sum(
        leg.principal.minor for leg in state.legs() if leg.status == "skipped" and leg.awaits == "capture"
    )
    return max(0, short - deducted - waived - value_of_units(order, _without_money(state)))


def _without_money(state: JourneyState) -> UnitsByLine:
    """Units that left the order and for which no settlement pays."""
    paid = units_in(s.units for s in state.settlements if s.legs or s.parts)
    unpaid = units_in([state.removed_units, *(s.units for s in state.settlements)]) - paid
    units: UnitsByLine = {}
    for line, unit in sorted(unpaid):
        units.setdefault(line, []).append(unit)
    return units


def settled_units(state: JourneyState) -> Units:
    """Units whose money has gone back or will, for whatever reason."""
    return units_in(settlement.units for settlement in _standing(state))


def _standing(state: JourneyState) -> list[Settlement]:
    """The settlements that hold: not those of a return whose credit is taken back, nor what takes it back."""
    taken_back = {s.return_id for s in state.settlements if s.purpose == "reversal"}
    return [s for s in state.settlements if s.return_id is None or s.return_id not in taken_back]


def completes_order(state: JourneyState, units: UnitsByLine) -> bool:
    """Whether with these units nothing of the order stays with the customer."""
    return state.order.all_units <= settled_units(state) | units_in([units])


def never_arrived(state: JourneyState, units: UnitsByLine) -> bool:
    """Whether with these units, which did not arrive, nothing of the order has ever arrived."""
    return not _any_arrived(state) and state.order.all_units <= state.refunded_without_return() | units_in(
        [units]
    )


def _any_arrived(state: JourneyState) -> bool:
    """Whether the customer has got anything. A parcel that is paid back as lost has not arrived, whatever its carrier says."""
    arrived = any(
        (parcel.delivered_at or parcel.assumed_arrival) and parcel.lost_at is None for parcel in state.parcels
    )
    digital = any(line.fulfilment == "digital" for line in state.order.lines)
    return arrived or digital or any(handover.handed_over_at for handover in state.handovers)
