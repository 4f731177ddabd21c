"""Refunds in a WooCommerce order, with those of this system, which name their key."""

import json
from collections.abc import Iterator
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from adapters.storefronts.amounts import NotExact, minor
from adapters.storefronts.lenient_fields import Id
from adapters.storefronts.woocommerce_bill import tender_kind
from adapters.storefronts.woocommerce_schemas import WooOrder, WooRefund, WooRefundLine
from adapters.untrusted_json import invalid_payload
from domain import keys, payment_keys, storefront_keys
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.money import Money

MAX_REFUNDS = 200  # in one order
_MAX_UNITS = 1000  # of one line
_ID = TypeAdapter(Id)
_BY_STATUS = "Order fully refunded."
"""The reason that WooCommerce itself writes when somebody sets the status of an order: no money moved by it."""


def refunds_in(order: WooOrder, now: datetime) -> Iterator[tuple[ExternalRefund, str]]:
    """The order's refunds, each with the reason why it cannot be read, if it cannot."""
    for place, content in enumerate(order.refunds[:MAX_REFUNDS]):
        try:
            yield _refund(WooRefund.model_validate(content), order, now), ""
        except ValidationError as problem:
            yield _unreadable(content, now), str(invalid_payload(problem, f"refunds[{place}]"))
    if len(order.refunds) > MAX_REFUNDS:
        yield _unreadable({}, now), f"refunds: more than {MAX_REFUNDS}"


def _refund(refund: WooRefund, order: WooOrder, now: datetime) -> ExternalRefund:
    """The refund. One that a status made says nothing about money: a person has to say whether it went back."""
    amount = _amount(refund, order.currency)
    unknown = amount is None or refund.reason == _BY_STATUS
    noted, recorded = (
        payment_keys.refund_in_note(refund.reason),
        storefront_keys.record_in_note(refund.reason),
    )
    parts = (RefundedPart(kind=tender_kind(order), amount=amount),) if amount and not unknown else ()
    return ExternalRefund(
        storefront="woocommerce",
        refund=str(refund.id),
        at=refund.date_created_gmt or order.date_modified_gmt or now,
        parts=parts,
        lines=tuple(line for one in refund.line_items if (line := _line(one)) is not None),
        amount_unknown=unknown,
        key=noted.key if noted is not None else "",
        records=recorded.key if recorded is not None else "",
    )


def _amount(refund: WooRefund, currency: str) -> Money | None:
    """The amount, whether it is written as a negative total or as an amount; None where it is neither."""
    text = refund.amount if refund.amount is not None else refund.total
    try:
        return Money(minor=abs(minor(text or "", currency)), currency=currency)
    except NotExact:
        return None


def _line(line: WooRefundLine) -> RefundedLine | None:
    """The units of a line of the order. A refund of money without units, or of a fraction, takes no unit off the order."""
    named = next((meta.value for meta in line.meta_data if meta.key == "_refunded_item_id"), None)
    try:
        line_id = str(_ID.validate_python(named))
    except ValidationError:
        return None
    units = abs(line.quantity)
    if not units or units != units.to_integral_value():
        return None
    return RefundedLine(line_id=line_id, quantity=min(_MAX_UNITS, int(units)))


def _unreadable(content: object, now: datetime) -> ExternalRefund:
    """Money may have moved, of an unknown amount."""
    try:
        name = str(_ID.validate_python(content.get("id") if isinstance(content, dict) else None))
    except ValidationError:
        name = keys.unreadable_refund(json.dumps(content, sort_keys=True))
    return ExternalRefund(storefront="woocommerce", refund=name, at=now, parts=(), amount_unknown=True)
