"""WooCommerce's orders become the same sales as those of other storefronts, exact to the minor unit."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.storefronts.woocommerce import WooCommerce
from domain.model.order_totals import inconsistencies
from domain.money import Money
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.storefronts import Sale, StorefrontMessage
from simulators.payments.woocommerce.webhooks import sign

INPUTS = Path(__file__).parents[3] / "shared" / "inputs" / "woocommerce"
real = pytest.mark.skipif(not INPUTS.exists(), reason=f"no recorded bodies at {INPUTS}")
NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def read(content: Any, topic: str = "order.updated") -> StorefrontMessage:
    message = WooCommerce().read(topic, json.dumps(content).encode(), NOW)
    assert message is not None
    return message


def sale_of(content: Any) -> Sale:
    message = read(content)
    assert message.sale is not None, message
    assert inconsistencies(message.sale) == []
    return message.sale


def eur(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


def line(number: int, total: str, tax: str = "0.00", **changed: Any) -> dict[str, Any]:
    return {
        "id": number, "name": f"Thing {number}", "sku": f"SKU-{number}", "quantity": 1, "subtotal": total,
        "subtotal_tax": tax, "total": total, "total_tax": tax, "taxes": [], "meta_data": [], **changed,
    }  # fmt: skip


def an_order(**changed: Any) -> dict[str, Any]:
    """Two lines, shipping, paid by card: EUR 25.00."""
    address = {
        "first_name": "Zdzisława",
        "last_name": "Testowa",
        "country": "DE",
        "postcode": "10115",
        "state": "",
    }
    return {
        "id": 801, "number": "A-801", "parent_id": 0, "status": "processing", "currency": "EUR",
        "date_created_gmt": "2026-11-03T10:00:00", "date_modified_gmt": "2026-11-03T10:05:00",
        "date_paid_gmt": "2026-11-03T10:01:00", "total": "25.00", "customer_id": 7, "payment_method": "stripe",
        "billing": {**address, "email": "z.testowa@example.org", "phone": ""}, "shipping": address,
        "line_items": [line(1, "10.00", "1.90"), line(2, "8.00", "1.52")],
        "shipping_lines": [{"method_id": "flat_rate", "total": "3.00", "total_tax": "0.58"}],
        "fee_lines": [], "coupon_lines": [], "tax_lines": [], "refunds": [], "meta_data": [],
        **changed,
    }  # fmt: skip


def test_a_paid_order_is_a_sale() -> None:
    sale = sale_of(an_order(meta_data=[{"key": "wpml_language", "value": "pl_PL"}]))
    assert (sale.order_id, sale.number, sale.placed_at.isoformat()) == (
        "801",
        "A-801",
        "2026-11-03T10:00:00+00:00",
    )
    assert [(one.line_id, one.sku, one.paid, one.fulfilment) for one in sale.lines] == [
        ("1", "SKU-1", eur(1190), "ship"),
        ("2", "SKU-2", eur(952), "ship"),
    ]
    [tender] = sale.tenders
    assert (tender.provider, tender.payment, tender.kind, tender.amount) == (
        None,
        "801",
        "card",
        eur(2500),
    )
    assert (sale.shipping, sale.buyer.locale, sale.buyer.customer_id) == (eur(358), "pl-PL", "7")
    assert (sale.destination.country, sale.destination.zone) == ("DE", "Europe/Berlin")


@pytest.mark.parametrize("status", ["pending", "on-hold", "failed", "checkout-draft"])
def test_an_order_that_is_not_paid_starts_nothing(status: str) -> None:
    message = read(an_order(status=status, date_paid_gmt=None))
    assert (message.sale, message.not_yet, message.cancelled) == (None, "not paid yet", False)


def test_a_cancelled_order_is_cancelled_and_a_deleted_one_is_not() -> None:
    assert read(an_order(status="cancelled")).cancelled
    gone = read({"id": 801}, "order.deleted")
    assert (gone.order_id, gone.cancelled, gone.sale) == ("801", False, None)
    with pytest.raises(InvalidPayload):
        read(an_order(), "order.deleted")
    with pytest.raises(InvalidPayload):
        read({"id": 801}, "order.updated")


@pytest.mark.parametrize(
    ("method", "kind", "payment"),
    [
        ("cod", "cash_on_delivery", None),
        ("bacs", "bank", None),
        ("cheque", "bank", None),
        ("paypal", "card", "801"),
    ],
)
def test_what_no_gateway_holds_is_paid_back_by_a_person(method: str, kind: str, payment: str | None) -> None:
    [tender] = sale_of(an_order(payment_method=method)).tenders
    assert (tender.kind, tender.payment) == (kind, payment)


def test_discounts_fees_and_rounding_add_up() -> None:
    lines = [line(1, "9.00", "1.71", subtotal="10.00", subtotal_tax="1.90", quantity=3)]
    fees = [{"total": "-2.00", "total_tax": "-0.38"}, {"total": "1.00", "total_tax": "0.19"}]
    sale = sale_of(an_order(total="13.11", line_items=lines, fee_lines=fees))
    assert [(one.quantity, one.paid) for one in sale.lines] == [(3, eur(1071 - 238))]
    assert sale.shipping == eur(358 + 119 + 1)  # tax was rounded for the whole order
    message = read(an_order(total="25.04"))
    assert message.invalid == "its lines come to 2500 and its total to 2504 (EUR in minor units)"


def test_a_cent_less_than_lines_without_freight_is_taken_off_a_line() -> None:
    sale = sale_of(an_order(total="21.41", shipping_lines=[]))
    assert (sale.shipping, [one.paid.minor for one in sale.lines]) == (eur(0), [1189, 952])


def test_a_fraction_of_a_unit_is_one_unit_that_says_so() -> None:
    [first, _] = sale_of(
        an_order(line_items=[line(1, "10.00", "1.90", quantity=1.5), line(2, "8.00", "1.52")])
    ).lines
    assert (first.quantity, first.title, first.paid) == (1, "1.5 × Thing 1", eur(1190))


@pytest.mark.parametrize(
    ("ways", "shipping", "fulfilment"),
    [
        ([{"method_id": "local_pickup", "total": "3.58"}], {"country": "DE"}, "pickup"),
        ([{"total": "3.58"}], {"country": "DE"}, "ship"),
        ([], {"country": ""}, "digital"),
    ],
)
def test_the_way_of_delivery_says_how_goods_arrive(ways: Any, shipping: Any, fulfilment: str) -> None:
    total = "25.00" if ways else "21.42"
    sale = sale_of(an_order(total=total, shipping_lines=ways, shipping=shipping))
    assert {one.fulfilment for one in sale.lines} == {fulfilment}


def test_numbers_may_be_text_and_text_numbers_and_parts_may_be_missing() -> None:
    plain = sale_of(an_order())
    flipped = an_order(id="801", total=25.0, customer_id="7", number=801, coupon_lines=None, fee_lines=None)
    flipped["line_items"][0] |= {"id": "1", "quantity": "1", "total": 10}
    assert [one.paid for one in sale_of(flipped).lines] == [one.paid for one in plain.lines]


def test_refunds_are_read_with_our_key_and_one_that_cannot_be_read_hides_no_other() -> None:
    rows = [
        {"id": 901, "reason": "smot refund acme/return/ret_1/1 1071 EUR", "total": "-10.71"},
        {"id": 902, "reason": "too small", "total": "-2.00"},
        {"id": 903, "reason": "Order fully refunded.", "total": "-12.29"},
        {"id": 904, "reason": "", "total": "much"},
        {"reason": "no id"},
    ]
    message = read(an_order(refunds=rows))
    found = [
        (one.refund, one.key, [part.amount for part in one.parts], one.amount_unknown)
        for one in message.refunds
    ]
    assert found[:4] == [
        ("901", "acme/return/ret_1/1", [eur(1071)], False),
        ("902", "", [eur(200)], False),
        ("903", "", [], True),
        ("904", "", [], True),
    ]
    assert message.refunds[4].amount_unknown
    assert message.unread == ("refunds[4].id: missing",)


def test_a_refund_of_the_list_names_units() -> None:
    items = [{"quantity": -2, "meta_data": [{"key": "_refunded_item_id", "value": "1"}]}, {"quantity": 0}]
    row = {"id": 901, "amount": "10.71", "date_created_gmt": "2026-11-03T11:00:00", "line_items": items}
    [refund] = read(an_order(refunds=[row])).refunds
    assert [(one.line_id, one.quantity) for one in refund.lines] == [("1", 2)]
    assert (refund.parts[0].amount, refund.at.hour) == (eur(1071), 11)


@real
@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("order_coupon_fee_shipping_vat", 5163),
        ("order_after_part_refund", 5163),
        ("order_jpy_no_decimals", None),
        ("order_jpy_shop_with_two_decimals", None),
        ("order_kwd_three_decimals", None),
        ("order_kwd_shop_with_two_decimals", None),
    ],
)
def test_orders_with_every_part_and_in_every_currency_are_exact(name: str, total: int | None) -> None:
    sale = sale_of(json.loads((INPUTS / "derived" / f"{name}.json").read_text()))
    assert total in (None, sale.tenders[0].amount.minor)


@real
def test_recorded_orders_of_real_shops_are_read() -> None:
    orders = [
        json.loads((INPUTS / "order.json").read_text())["data"],
        *json.loads((INPUTS / "orders-load-all.json").read_text())["data"],
        *json.loads((INPUTS / "api_docs" / "orders_list_with_refunds.json").read_text()),
    ]
    for order in orders:
        message = read(order)
        assert (message.unread, message.order_id) == ((), str(order["id"]))


def headers(body: bytes, secret: str = "s3cret", **changed: str) -> dict[str, str]:
    return {
        "X-WC-Webhook-Source": "https://Shop.example/",
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Signature": sign(secret, body),
        "X-WC-Webhook-Delivery-ID": "0123456789abcdef0123456789abcdef",
        **changed,
    }


def test_two_bodies_of_one_delivery_id_are_two_deliveries() -> None:
    one, two = (
        WooCommerce().verify(headers(body), body, ["s3cret"], "shop.example").delivery_id
        for body in (b'{"id":1}', b'{"id":2}')
    )
    again = WooCommerce().verify(headers(b'{"id":1}'), b'{"id":1}', ["s3cret"], None).delivery_id
    assert one != two
    assert one == again


@pytest.mark.parametrize(
    ("secret", "kept", "account"),
    [
        ("other", ["s3cret"], None),
        ("", [""], None),
        ("s3cret", [], None),
        ("s3cret", ["s3cret"], "other.example"),
    ],
)
def test_what_nobody_signed_is_refused(secret: str, kept: list[str], account: str | None) -> None:
    with pytest.raises(InvalidSignature):
        WooCommerce().verify(headers(b"{}", secret), b"{}", kept, account)


def test_a_secret_with_entities_verifies_in_both_spellings() -> None:
    for kept in ("smot &amp; sons", "smot & sons"):
        WooCommerce().verify(headers(b"{}", "smot &amp; sons"), b"{}", [kept], None)


@real
def test_the_signature_vectors_verify() -> None:
    for vector in json.loads((INPUTS / "signature_vector.json").read_text())["vectors"]:
        body, secret = vector["body"].encode(), vector.get("secret", vector.get("secret_as_stored"))
        given = {"X-WC-Webhook-Signature": vector["X-WC-Webhook-Signature"]}
        if secret:
            assert WooCommerce().verify(given, body, [secret], None).topic == ""
        else:
            with pytest.raises(InvalidSignature):
                WooCommerce().verify(given, body, [secret], None)


def test_a_ping_is_its_number_and_nothing_else() -> None:
    assert WooCommerce().is_ping(b"webhook_id=142")
    assert not WooCommerce().is_ping(b"webhook_id=142&x=1")


@pytest.mark.parametrize(
    ("image", "kept"),
    [
        (
            {"id": 9, "src": "https://shop.example/wp-content/mug.jpg"},
            "https://shop.example/wp-content/mug.jpg",
        ),
        ({"id": "", "src": ""}, None),
        ({"src": "http://shop.example/mug.jpg"}, None),
        ({"src": "https://shop.example/' onerror='"}, None),
        ("mug.jpg", None),
    ],
)
def test_a_picture_is_kept_where_it_has_a_plain_address(image: Any, kept: str | None) -> None:
    items = [line(1, "10.00", "1.90", image=image), line(2, "8.00", "1.52")]
    assert [one.image_url for one in sale_of(an_order(line_items=items)).lines] == [kept, None]
