"""Shopify's bodies: amounts exact in every currency, addresses located in a zone, codes never guessed."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from adapters.places.zones import zone_of
from adapters.storefronts.amounts import NotExact, minor
from adapters.storefronts.shopify import FULFILLMENTS, ORDERS, REFUNDS, Shopify
from domain.model.order_totals import inconsistencies
from domain.model.scan import ParcelStatus
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.storefronts import StorefrontMessage
from tests.scenarios.shopify import a_fulfillment, a_refund, an_order

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs" / "storefronts.md"


def message_of(topic: str, body: Any) -> StorefrontMessage:
    read = Shopify().read(topic, json.dumps(body).encode(), NOW)
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("text", "currency", "is_"),
    [
        ("12.50", "USD", 1250), ("0.10", "EUR", 10), ("1200", "JPY", 1200), ("1200.00", "JPY", 1200),
        ("1.250", "KWD", 1250), ("-3.98", "USD", -398), ("90071992547.09", "USD", 9007199254709),
    ],
)  # fmt: skip
def test_amounts_are_exact_in_the_currencys_smallest_unit(text: str, currency: str, is_: int) -> None:
    assert minor(text, currency) == is_


@pytest.mark.parametrize(
    "text", ["12.505", "12,50", "1e3", "NaN", "Infinity", "", " 1", "0x1", "١٢", "1.2.3"]
)
def test_an_inexact_amount_is_not_read(text: str) -> None:
    with pytest.raises(NotExact):
        minor(text, "USD")


_CURRENCIES = {"USD": 2, "JPY": 0, "KWD": 3}
_LINES = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 9), st.integers(0, 100), st.integers(0, 10**5)),
    min_size=1,
    max_size=6,
)


@given(_LINES, st.sampled_from(sorted(_CURRENCIES)), st.booleans(), st.booleans(), st.integers(0, 10**5))
def test_for_every_order_lines_shipping_and_tenders_sum_to_shopifys_total(
    sold: list[tuple[int, int, int, int]], currency: str, included: bool, per_line: bool, freight: int
) -> None:
    """Discounts and taxes per line or of the whole order, tax included or added: no amount is lost."""

    def text(minors: int) -> str:
        return f"{Decimal(minors).scaleb(-_CURRENCIES[currency]):f}"

    rows = [(price, count, price * count * percent // 100, tax) for price, count, percent, tax in sold]
    lines = [
        {
            "id": place,
            "title": "Thing",
            "quantity": count,
            "price": text(price),
            "discount_allocations": [{"amount": text(off)}] if per_line and off else [],
            "tax_lines": [{"price": text(tax)}] if per_line else [],
        }
        for place, (price, count, off, tax) in enumerate(rows, start=1)
    ]
    tax = sum(row[3] for row in rows)
    total = sum(price * count - off for price, count, off, _ in rows) + (0 if included else tax) + freight
    order = an_order(
        currency=currency, taxes_included=included, line_items=lines, total_tax=text(tax), total_price=text(total),
        total_discounts=text(sum(row[2] for row in rows)), shipping_lines=[{"price": text(freight)}],
    )  # fmt: skip
    sale = message_of("orders/create", order).sale
    assert sale is not None
    assert inconsistencies(sale) == []
    assert sum(tender.amount.minor for tender in sale.tenders) == total
    assert sum(line.paid.minor for line in sale.lines) + sale.shipping.minor == total


def test_goods_without_a_parcel_are_lines_and_amounts_of_no_line_belong_to_the_shipping() -> None:
    order = an_order(total_price="75.50", total_tip_received="2.50")
    card = {
        "id": 7,
        "title": "Gift card",
        "quantity": 1,
        "price": "5.00",
        "requires_shipping": False,
        "gift_card": True,
    }
    sale = message_of("orders/create", {**order, "line_items": [*order["line_items"], card]}).sale
    assert sale is not None
    assert sale.shipping.minor == 400 + 250
    assert [(line.fulfilment, line.returnable) for line in sale.lines] == [
        ("ship", True),
        ("ship", True),
        ("digital", False),
    ]


def test_an_order_with_nothing_to_ship_is_an_order() -> None:
    order = an_order(shipping_address=None, billing_address={"country_code": "GB"})
    lines = [{**line, "requires_shipping": False} for line in order["line_items"]]
    sale = message_of("orders/create", {**order, "line_items": lines}).sale
    assert sale is not None
    assert {line.fulfilment for line in sale.lines} == {"digital"}


def test_goods_of_an_order_without_a_shipping_address_are_collected() -> None:
    sale = message_of(
        "orders/create", an_order(shipping_address=None, billing_address={"country_code": "GB"})
    ).sale
    assert sale is not None
    assert {line.fulfilment for line in sale.lines} == {"pickup"}


def test_an_order_without_goods_is_ignored() -> None:
    assert message_of("orders/create", an_order(line_items=[])).not_yet == "there are no goods in it"


def test_transactions_become_tenders_where_they_are_sent_along() -> None:
    paid = [
        {
            "id": number,
            "kind": "sale",
            "status": status,
            "amount": amount,
            "currency": "GBP",
            "gateway": gateway,
        }
        for number, (amount, gateway, status) in enumerate(
            [("10.00", "gift_card", "success"), ("58.00", "bogus", "success"), ("58.00", "bogus", "failure")],
            start=1,
        )
    ]
    sale = message_of("orders/create", an_order(transactions=paid)).sale
    assert sale is not None
    assert [(tender.kind, tender.amount.minor) for tender in sale.tenders] == [
        ("gift_card", 1000),
        ("card", 5800),
    ]
    alone = message_of("orders/create", an_order(payment_gateway_names=["gift_card"])).sale
    assert alone is not None
    assert [tender.kind for tender in alone.tenders] == ["gift_card"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"shipping_address": {"country_code": "QQ"}}, "it names no country to deliver to"),
        ({"total_price": "68.001"}, "finer than GBP is divided"),
        ({"currency": "ZZZ"}, "unknown currency"),
    ],
)
def test_the_reason_why_an_order_cannot_be_tracked_is_given(changed: dict[str, Any], why: str) -> None:
    assert message_of("orders/create", an_order(**changed)).invalid == why


def test_goods_that_are_collected_need_no_address() -> None:
    order = an_order(shipping_address=None, created_at="2026-03-02T08:00:00-05:00")
    sale = message_of("orders/create", order).sale
    assert sale is not None
    assert (sale.destination.country, sale.destination.zone, sale.destination.zone_guessed) == (
        "ZZ",
        "Etc/GMT+5",
        True,
    )
    assert {line.fulfilment for line in sale.lines} == {"pickup"}


@pytest.mark.parametrize("price", [None, True, [], {}])
def test_an_amount_that_is_neither_text_nor_number_is_not_read(price: object) -> None:
    order = an_order()
    order["line_items"][0]["price"] = price
    with pytest.raises(InvalidPayload, match=r"line_items\[0\].price"):
        message_of("orders/create", order)


@pytest.mark.parametrize("at", ["2026-03-02T08:00:00", "2026-03-02", 1772438400, "1970-01-01T00:00:00Z"])
def test_a_time_without_its_offset_is_not_read(at: object) -> None:
    with pytest.raises(InvalidPayload, match="created_at"):
        message_of("orders/create", an_order(created_at=at))


@pytest.mark.parametrize(
    ("country", "province", "zone", "guessed"),
    [
        ("GB", None, "Europe/London", False), ("JP", "JP-13", "Asia/Tokyo", False),
        ("US", "CA", "America/Los_Angeles", False), ("US", "TX", "America/Chicago", True),
        ("AU", "WA", "Australia/Perth", False), ("BR", "AM", "America/Manaus", True),
        ("DE", None, "Europe/Berlin", False), ("RU", "", "Europe/Moscow", True),
    ],
)  # fmt: skip
def test_an_address_lies_in_a_zone_and_a_guess_is_marked(
    country: str, province: str | None, zone: str, guessed: bool
) -> None:
    assert zone_of(country, province) == (zone, guessed)


WORDS = {  # written from Shopify's documentation of FulfillmentEvent, not from the adapter's table
    "label_printed": "pre_transit", "label_purchased": "pre_transit", "confirmed": "pre_transit",
    "picked_up": "picked_up", "carrier_picked_up": "picked_up", "in_transit": "in_transit", "delayed": "in_transit",
    "out_for_delivery": "out_for_delivery", "attempted_delivery": "attempt_failed",
    "ready_for_pickup": "available_for_pickup", "delivered": "delivered", "failure": "exception",
    "not_delivered": "exception", "a_word_of_tomorrow": "unknown",
}  # fmt: skip


def test_every_status_of_a_fulfilment_has_its_meaning_and_a_new_one_none() -> None:
    order = an_order()
    read = {
        word: message_of("fulfillments/update", a_fulfillment(order, "A", shipment_status=word))
        .shipments[0]
        .status
        for word in WORDS
    }
    assert read == {word: ParcelStatus(status) for word, status in WORDS.items()}
    table = Path(__file__).parents[2] / "adapters" / "storefronts" / "shopify.yaml"
    assert set(yaml.safe_load(table.read_text())) | {"a_word_of_tomorrow"} == set(WORDS)


def test_only_transferred_money_is_a_refund() -> None:
    order = an_order()
    refund = a_refund(order, "12.00", (0, 1))
    [moved] = refund["transactions"]
    others = [{**moved, "kind": "void"}, {**moved, "status": "failure"}, {**moved, "amount": "0.00"}]
    [fact] = message_of("refunds/create", {**refund, "transactions": [moved, *others]}).refunds
    assert [part.amount.minor for part in fact.parts] == [1200]


@pytest.mark.parametrize("secrets", [[], [""], ["  "]])
def test_without_a_secret_nothing_is_accepted(secrets: list[str]) -> None:
    with pytest.raises(InvalidSignature):
        Shopify().verify({"X-Shopify-Hmac-Sha256": ""}, b"{}", secrets, None)


def test_the_signature_matches_a_published_vector() -> None:
    """Computed with openssl: printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64."""
    headers = {
        "X-Shopify-Hmac-Sha256": "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": "A.myshopify.com",
        "X-Shopify-Webhook-Id": "w1",
        "X-Shopify-Event-Id": "e1",
    }
    named = Shopify().verify(headers, b'{"id":1}', ["old", "hush"], "a.myshopify.com")
    assert named.delivery_id == "a.myshopify.com/orders/create/w1"
    assert (named.event_id, named.topic) == ("a.myshopify.com/orders/create/e1", "orders/create")


def test_the_page_names_every_topic_that_is_followed() -> None:
    named = set(re.findall(r"^\| `([a-z]+/[a-z]+)`", PAGE.read_text(), re.MULTILINE))
    assert named == ORDERS | FULFILLMENTS | REFUNDS
