"""Shipments and refunds as a storefront reports them, translated into this system's terms."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant, StatedInstant
from domain.model.order import Identifier, TenderKind
from domain.model.scan import ParcelStatus
from domain.money import Money

LineQuantity = Annotated[int, Field(strict=True, ge=1, le=1000)]


class PackedLine(Frozen):
    """So many units of a line in a parcel, or handed over."""

    line_id: Identifier
    quantity: LineQuantity


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
    """Units of a line that were paid back. `removed`: they were taken out of the order and will not be shipped."""

    line_id: Identifier
    quantity: LineQuantity
    removed: bool = False


class RefundedPart(Frozen):
    """The amount that went back by one kind of payment."""

    kind: TenderKind
    amount: Money


class ExternalRefundRecord(Frozen):
    """A refund made outside this system, as it was last reported.

    reported_minor: the amount, in minor units.
    counted: whether the refund is in this system's books.
    """

    refund: str
    reported_minor: int
    counted: bool


class FulfilmentUpdate(Frozen):
    """A report by `storefront` of one of the order's fulfilments.

    now: the sandbox clock when the report arrived, else None.
    """

    type: Literal["fulfilment_updated"] = "fulfilment_updated"
    storefront: str
    shipment: Shipment
    now: Instant | None = None


class ExternalRefund(Frozen):
    """Money paid back in the storefront, outside this system. It has moved and cannot be refused.

    refund: the storefront's own id of the refund, so that it counts once.
    """

    type: Literal["external_refund"] = "external_refund"
    storefront: str
    refund: Identifier
    at: StatedInstant
    parts: Annotated[tuple[RefundedPart, ...], Field(max_length=20)]
    lines: Annotated[tuple[RefundedLine, ...], Field(max_length=200)] = ()
    now: Instant | None = None
