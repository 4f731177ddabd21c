"""Shipments and refunds as a storefront reports them, translated into this system's terms."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant, StatedInstant
from domain.model.order import Identifier, TenderKind
from domain.model.scan import ParcelStatus
from domain.money import MAX_MINOR, Money
from domain.units import UnitsByLine

LineQuantity = Annotated[int, Field(strict=True, ge=1, le=1000)]


class PackedLine(Frozen):
    """So many units of a line in a parcel, or handed over."""

    line_id: Identifier
    """The order's line."""
    quantity: LineQuantity
    """How many units of it."""


class Shipment(Frozen):
    """One report of one fulfilment.

    updated_at: when the storefront last changed the fulfilment.
    tracking_numbers: all its valid labels; none for goods that were sent without tracking, collected, or are digital.
    quantities: units per line.
    cancelled: the storefront cancelled the fulfilment.
    status: where the parcel is, if the storefront reports it.
    code: the same status in the storefront's own spelling.
    """

    fulfilment: Identifier
    updated_at: StatedInstant
    carrier: Identifier
    tracking_numbers: Annotated[tuple[Identifier, ...], Field(max_length=50)] = ()
    quantities: Annotated[dict[Identifier, LineQuantity], Field(max_length=200)] = {}
    cancelled: bool = False
    status: ParcelStatus | None = None
    code: Annotated[str, Field(max_length=120)] = ""


class RefundedLine(Frozen):
    """Units of a line that a refund took off the order.

    removed: the storefront says that they were not shipped.
    taken_back: it says that they came back.
    """

    line_id: Identifier
    quantity: LineQuantity
    removed: bool = False
    taken_back: bool = False


class RefundedPart(Frozen):
    """The amount that went back by one kind of payment."""

    kind: TenderKind
    amount: Money


class ExternalRefundRecord(Frozen):
    """A refund made outside this system, as it was last reported.

    reported_minor: the amount, in minor units; 0 where it is not known.
    counted: whether the refund is in this system's books.
    units: the units that it took off the order.
    amount_unknown: money moved, and no report has said how much.
    source: who reported it: a storefront or a payment provider.
    at: when it was made, by the reporter's time.
    records: see `ExternalRefund`.
    same_as: the refund of another reporter that it is the report of, too: the money is entered once.
    """

    refund: str
    reported_minor: int
    counted: bool
    units: UnitsByLine = {}
    amount_unknown: bool = False
    source: str = ""
    at: Instant | None = None
    records: str = ""
    same_as: str = ""


class FulfilmentUpdate(Frozen):
    """A report by `storefront` of one of the order's fulfilments.

    now: the sandbox clock when the report arrived, else None.
    """

    type: Literal["fulfilment_updated"] = "fulfilment_updated"
    storefront: str
    shipment: Shipment
    now: Instant | None = None


class ExternalRefund(Frozen):
    """Money paid back in the storefront, outside this system, or units taken off the order without any.

    It has happened and cannot be refused.
    refund: the storefront's own id of the refund, so that it counts once.
    parts: the money that moved; none for an edit or an exchange.
    amount_unknown: money moved, and the report does not say how much in the currency of the order.
    failed: the refund was tried, and no money moved.
    key: the key of `keys.provider_refund`, where the refund names one: it was then made by this system.
    records: the same key, where the refund moved no money and only records in the shop what this system paid by another way.
    transactions: the storefront's ids of the payments by which the money moved.
    """

    type: Literal["external_refund"] = "external_refund"
    storefront: str
    refund: Identifier
    at: StatedInstant
    parts: Annotated[tuple[RefundedPart, ...], Field(max_length=20)]
    lines: Annotated[tuple[RefundedLine, ...], Field(max_length=200)] = ()
    amount_unknown: bool = False
    failed: bool = False
    key: Annotated[str, Field(max_length=255)] = ""
    records: Annotated[str, Field(max_length=255)] = ""
    transactions: Annotated[tuple[Identifier, ...], Field(max_length=20)] = ()
    now: Instant | None = None

    def in_currency(self, currency: str) -> "ExternalRefund":
        """The refund in the order's currency; what is stated in another one, or cannot be counted, is an unknown amount."""
        known = all(part.amount.currency == currency for part in self.parts)
        if known and sum(abs(part.amount.minor) for part in self.parts) <= MAX_MINOR:
            return self
        return self.model_copy(update={"parts": (), "amount_unknown": True})
