"""WooCommerce's bodies as far as they are read."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from adapters.storefronts.lenient_fields import Amount, Id, LenientModel, Many, Maybe, Text
from domain.clock import StatedInstant

_MOST_UNITS = 100_000


def _utc(value: object) -> object:
    """The fields whose names end in `_gmt` are in UTC and do not say so."""
    if not isinstance(value, str):
        raise ValueError("not a time")
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def _quantity(value: object) -> Decimal:
    """Some shops sell fractions of a unit."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a quantity")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not a quantity") from None
    if not (number.is_finite() and abs(number) <= _MOST_UNITS):
        raise ValueError("not a quantity")
    return number


InUtc = Annotated[StatedInstant, BeforeValidator(_utc)]
Quantity = Annotated[Decimal, BeforeValidator(_quantity)]


class WooMeta(LenientModel):
    """A value that the shop or a plugin has attached."""

    key: Text = ""
    value: Any = None


class WooPicture(LenientModel):
    """A picture of an article; its address is empty where it has none."""

    src: Text = ""


class WooLine(LenientModel):
    """A line. subtotal: before discounts; total: after them; both without tax."""

    id: Id
    name: Text = ""
    product_id: Any = None
    sku: Text = ""
    quantity: Quantity = Decimal(0)
    subtotal: Amount
    subtotal_tax: Amount = "0"
    total: Amount
    total_tax: Amount = "0"
    image: Maybe[WooPicture] = None


class WooCharge(LenientModel):
    """A fee or a way of delivery. A negative fee is a discount."""

    method_id: Text = ""
    total: Amount = "0"
    total_tax: Amount = "0"


class WooAddress(LenientModel):
    """An address; empty texts where there is none."""

    first_name: Text = ""
    last_name: Text = ""
    country: Text = ""
    state: Text = ""
    postcode: Text = ""
    email: Text = ""
    phone: Text = ""


class WooRefundLine(LenientModel):
    """Units that a refund names; quantity: negative. The line of the order is in the metadata."""

    quantity: Quantity = Decimal(0)
    meta_data: Many[WooMeta] = []


class WooRefund(LenientModel):
    """A refund as its order has it (`total`, negative), or as the list of refunds has it (`amount`, and lines)."""

    id: Id
    reason: Text = ""
    total: Amount | None = None
    amount: Amount | None = None
    date_created_gmt: Maybe[InUtc] = None
    line_items: Annotated[Many[WooRefundLine], Field(max_length=200)] = []


class WooOrder(LenientModel):
    """An order. refunds: read one by one, so that one of them cannot hide the others."""

    id: Id
    number: Text = ""
    parent_id: int = 0
    status: Text
    currency: Text
    date_created_gmt: InUtc
    date_modified_gmt: Maybe[InUtc] = None
    date_paid_gmt: Maybe[InUtc] = None
    total: Amount
    customer_id: int = 0
    payment_method: Text = ""
    billing: Maybe[WooAddress] = None
    shipping: Maybe[WooAddress] = None
    line_items: Annotated[list[WooLine], Field(max_length=500)]
    shipping_lines: Annotated[Many[WooCharge], Field(max_length=50)] = []
    fee_lines: Annotated[Many[WooCharge], Field(max_length=50)] = []
    refunds: Many[Any] = []
    meta_data: Many[WooMeta] = []
