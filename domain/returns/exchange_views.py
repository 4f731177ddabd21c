"""Views of exchanges."""

from domain.base import Frozen
from domain.clock import Instant
from domain.model.exchange import Exchange, ExchangeEnd, ExchangePart, ExchangeStatus, PartStatus
from domain.model.exchange_quote import ExchangedItem, ExchangeFallback
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.money import Money
from domain.units import units_in


class ExchangePartView(Frozen):
    """New goods that leave together, for units that came back together."""

    part: int
    """Its number, from 1."""
    lines: dict[str, int]
    """The order's lines of these goods, and how many units of each."""
    status: PartStatus
    """What the shop's fulfilment said of it."""
    reference: str
    """The shop's own name of the request; empty while there is none."""
    reason: str
    """Why it was rejected; empty if it was not."""
    parcels: tuple[str, ...]
    """The parcels that hold these goods."""


class ExchangeView(Frozen):
    """The exchange of a return's goods for others."""

    status: ExchangeStatus
    """How far it is."""
    items: tuple[ExchangedItem, ...]
    """What leaves for what."""
    fallback: ExchangeFallback
    """What the customer gets if the new goods cannot be had."""
    reserved_until: Instant | None
    """Until when the shop keeps the new goods; null while it does not."""
    to_pay: Money
    """What the customer pays on top; zero where the new goods cost no more."""
    pay_by: Instant | None
    """Until when they have to; null where there is nothing to pay."""
    paid_at: Instant | None
    """When they did; null before."""
    pays_back: Money
    """What goes back to the original payments, where the new goods cost less."""
    ended: ExchangeEnd | None
    """Why it did not come to be; null if it did, or may."""
    parts: tuple[ExchangePartView, ...]
    """The goods that leave, part by part, as the old ones came back."""


def exchange_view(state: JourneyState, case: ReturnCase) -> ExchangeView | None:
    """The exchange; None where the return is none."""
    exchange, quoted = case.exchange, case.quote.exchange
    if exchange is None or quoted is None:
        return None
    return ExchangeView(
        status=_status(state, exchange),
        items=quoted.items,
        fallback=exchange.fallback,
        reserved_until=exchange.reserved_until,
        to_pay=exchange.to_pay,
        pay_by=exchange.pay_by,
        paid_at=exchange.paid_at,
        pays_back=quoted.pays_back,
        ended=exchange.ended,
        parts=tuple(_part(state, part) for part in exchange.parts),
    )


def _status(state: JourneyState, exchange: Exchange) -> ExchangeStatus:
    """It is sent once every new unit is in a parcel."""
    if exchange.status != "sending":
        return exchange.status
    packed = units_in(parcel.units for parcel in state.parcels if not (parcel.void or parcel.resent))
    return "sent" if units_in(part.units for part in exchange.parts) <= packed else "sending"


def _part(state: JourneyState, part: ExchangePart) -> ExchangePartView:
    ours = units_in([part.units])
    parcels = (one for one in state.parcels if not ours.isdisjoint(units_in([one.units])))
    return ExchangePartView(
        part=part.part,
        lines={line: len(units) for line, units in part.units.items()},
        status=part.status,
        reference=part.reference,
        reason=part.reason,
        parcels=tuple(one.parcel_id for one in parcels),
    )
