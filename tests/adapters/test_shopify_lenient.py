"""Shopify's bodies as senders really write them: null, numbers as text, missing parts, and parts that cannot be read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.storefronts.shopify import FULFILLMENTS, ORDERS, REFUNDS, Shopify
from ports.inbound_webhooks import InvalidPayload
from ports.storefronts import StorefrontMessage
from tests.scenarios.shopify import a_fulfillment, a_refund, an_order

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def message_of(topic: str, body: Any) -> StorefrontMessage:
    read = Shopify().read(topic, json.dumps(body).encode(), NOW)
    assert read is not None
    return read


@pytest.mark.parametrize(
    "field",
    [
        "shipping_lines", "fulfillments", "refunds", "payment_gateway_names", "transactions", "customer", "billing_address",
        "name", "email", "cancelled_at", "total_tax", "total_tip_received", "gateway", "customer_locale",
    ],
)  # fmt: skip
def test_null_and_a_missing_field_are_read_as_none(field: str) -> None:
    order = an_order(shipping_lines=[], total_price="64.00")
    assert message_of("orders/paid", {**order, field: None}).sale is not None
    order.pop(field, None)
    assert message_of("orders/paid", order).sale is not None


@pytest.mark.parametrize(
    "field", ["discount_allocations", "tax_lines", "sku", "title", "requires_shipping", "gift_card"]
)
def test_null_in_a_line_is_read_as_none(field: str) -> None:
    order = an_order(total_discounts="0.00", total_price="73.00")
    lines = [{**line, "discount_allocations": []} for line in order["line_items"]]
    assert message_of("orders/paid", {**order, "line_items": [{**line, field: None} for line in lines]}).sale


def test_numbers_may_be_text_and_text_numbers() -> None:
    order = an_order()
    written = json.loads(json.dumps(order))
    written["id"] = str(order["id"])
    written["total_price"], written["taxes_included"] = 68, "true"
    for line in written["line_items"]:
        line["id"] = f"gid://shopify/LineItem/{line['id']}"
        line["quantity"], line["price"] = str(line["quantity"]), float(line["price"])
    read, as_documented = message_of("orders/paid", written), message_of("orders/paid", order)
    assert read.sale is not None
    assert read == as_documented


@pytest.mark.parametrize("odd", ["x", [], 7, True])
def test_a_part_of_another_form_is_read_as_missing(odd: object) -> None:
    read = message_of("orders/paid", an_order(customer=odd, billing_address=odd))
    assert read.sale is not None
    assert read.sale.buyer.customer_id.startswith("guest-")


def test_a_fulfilment_that_cannot_be_read_hides_nothing_else_of_its_order() -> None:
    order = an_order()
    good = a_fulfillment(order, "A1")
    read = message_of(
        "orders/updated",
        {**order, "fulfillments": [{"id": "x"}, good], "cancelled_at": "2026-03-02T12:00:00Z"},
    )
    assert [one.tracking_numbers for one in read.shipments] == [("A1",)]
    assert (read.unread, read.cancelled) == (("fulfillments[0].id: int_parsing",), True)


def test_of_a_refund_that_cannot_be_read_it_is_known_that_money_may_have_moved() -> None:
    order = an_order()
    good, bad = a_refund(order, "12.00", (0, 1)), a_refund(order, "1.00", number=90, created_at=None)
    read = message_of("orders/updated", {**order, "refunds": [good, bad, "?"]})
    assert [one.amount_unknown for one in read.refunds] == [False, True, True]
    assert read.unread[0] == "refunds[1].created_at: missing"
    assert read.refunds[1].refund == str(bad["id"])
    alone = message_of("refunds/create", bad)
    assert (alone.order_id, alone.refunds[0].amount_unknown) == (str(order["id"]), True)


@pytest.mark.parametrize("amount", ["12.505", "-1.00", "x"])
def test_an_amount_that_is_none_is_unknown_and_the_units_of_the_refund_are_read(amount: str) -> None:
    [refund] = message_of("refunds/create", a_refund(an_order(), amount, (0, 1))).refunds
    assert (refund.amount_unknown, refund.parts, len(refund.lines)) == (True, (), 1)


_ORDER = an_order()
_BODIES: dict[str, Any] = {
    "order": _ORDER,
    "fulfilment": a_fulfillment(_ORDER, "A1"),
    "refund": a_refund(_ORDER, "12.00", (0, 1)),
    "transaction": {
        "id": 1, "order_id": 2, "kind": "refund", "status": "success", "amount": "12.00", "currency": "GBP",
        "created_at": "2026-03-02T08:00:00Z",
    },
    "dispute": {"id": 1, "order_id": 2, "status": "under_review", "amount": "12.00", "currency": "GBP"},
    "return": {"id": 1, "order_id": 2, "status": "open", "created_at": "2026-03-02T08:00:00Z", "return_line_items": []},
    "fulfilment event": {"id": 1, "order_id": 2, "status": "delivered", "created_at": "2026-03-02T08:00:00Z"},
}  # fmt: skip
_OWN = (
    dict.fromkeys(ORDERS, "order")
    | dict.fromkeys(FULFILLMENTS, "fulfilment")
    | dict.fromkeys(REFUNDS, "refund")
)


@pytest.mark.parametrize("kind", sorted(_BODIES))
@pytest.mark.parametrize("topic", sorted(_OWN))
def test_signed_bytes_under_another_topic_have_no_effect(topic: str, kind: str) -> None:
    """SECURITY: Shopify signs the body alone, so one signed body may be sent under any topic."""
    if _OWN[topic] == kind:
        assert message_of(topic, _BODIES[kind]).order_id == str(_ORDER["id"])
    else:
        with pytest.raises(InvalidPayload):
            message_of(topic, _BODIES[kind])


def test_a_fulfilment_without_goods_and_number_is_not_followed() -> None:
    with pytest.raises(InvalidPayload, match="neither goods nor a tracking number"):
        message_of("fulfillments/create", a_fulfillment(_ORDER, line_items=[]))


@pytest.mark.parametrize("name", ["src", "url"])
def test_a_picture_that_an_app_adds_is_kept(name: str) -> None:
    address = "https://cdn.shopify.example/mug.jpg?v=1"
    lines = [{**one, "image": {name: address}} for one in _ORDER["line_items"]]
    sale = message_of("orders/paid", {**_ORDER, "line_items": lines}).sale
    assert sale is not None
    assert {one.image_url for one in sale.lines} == {address}
