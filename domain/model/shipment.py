"""Shipments as a storefront tells them, and what it paid back by itself: words of the storefront, in ours."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant, StatedInstant
from domain.model.order import Identifier, TenderKind
from domain.model.scan import ParcelStatus
from domain.money import Money

LineQuantity = Annotated[int, Field(strict=True, ge=1, le=1000)]


class Shipment(Frozen):
    """One telling of one fulfilment. `updated_at`: when the storefront changed it last; `cancelled`: it came to nothing.

    `tracking_numbers`: all its labels that stand. `quantities`: units per line. `status`: where it is, if the storefront says so;
    `code`: in its own word.
    """

    fulfilment: Identifier
    updated_at: StatedInstant
    carrier: Identifier
    tracking_numbers: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=50)]
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
    """What went back by one kind of payment."""

    kind: TenderKind
    amount: Money


class ExternalRefundRecord(Frozen):
    """A refund made elsewhere as it was told last: `reported_minor` minor units; `counted`: it is in our books."""

    refund: str
    reported_minor: int
    counted: bool


class FulfilmentUpdate(Frozen):
    """`storefront` says this of one of the order's fulfilments. `now`: the sandbox clock when it came, else None."""

    type: Literal["fulfilment_updated"] = "fulfilment_updated"
    storefront: str
    shipment: Shipment
    now: Instant | None = None


class ExternalRefund(Frozen):
    """Money that somebody paid back in the storefront, not through us: it has moved and cannot be refused.

    `refund`: the storefront's own id of it, by which it counts once.
    """

    type: Literal["external_refund"] = "external_refund"
    storefront: str
    refund: Identifier
    at: StatedInstant
    parts: Annotated[tuple[RefundedPart, ...], Field(max_length=20)]
    lines: Annotated[tuple[RefundedLine, ...], Field(max_length=200)] = ()
    now: Instant | None = None
