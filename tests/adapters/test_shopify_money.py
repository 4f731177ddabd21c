"""Amounts of Shopify: the shop's currency beside the buyer's, edits before payment, tips, several gateways."""

from typing import Any

import pytest

from domain.money import Money
from tests.adapters.test_shopify_lenient import message_of
from tests.scenarios.shopify import a_refund, an_order

# From webhooks of API version 2026-07 that a public test recorded: a shop in INR, a buyer in CAD, the transactions in CAD.


def both(shop: str, buyer: str) -> dict[str, Any]:
    """An amount in the shop's currency INR and the buyer's CAD."""
    return {
        "shop_money": {"amount": shop, "currency_code": "INR"},
        "presentment_money": {"amount": buyer, "currency_code": "CAD"},
    }


_SHIPPING = {"subtotal_amount_set": both("60.93", "0.90")}


def refund_in_cad(*amounts: str, **changed: Any) -> dict[str, Any]:
    moved = [
        {"id": place, "kind": "refund", "status": "success", "amount": amount, "currency": "CAD", "gateway": gateway}
        for place, (amount, gateway) in enumerate(zip(amounts, ("bogus", "gift_card"), strict=False), start=1)
    ]  # fmt: skip
    return {
        "id": 5,
        "order_id": 6,
        "created_at": "2026-09-27T17:17:49-04:00",
        "transactions": moved,
        **changed,
    }


def a_line(shop: str, buyer: str, tax: tuple[str, str] = ("0.00", "0.00")) -> dict[str, Any]:
    return {
        "line_item_id": 7,
        "quantity": 1,
        "restock_type": "return",
        "subtotal_set": both(shop, buyer),
        "total_tax_set": both(*tax),
    }


def an_adjustment(kind: str, shop: str, buyer: str) -> dict[str, Any]:
    return {"kind": kind, "amount_set": both(shop, buyer), "tax_amount_set": both("0.00", "0.00")}


@pytest.mark.parametrize(
    ("refund", "minor"),
    [
        # With shipping, which is stated as a line and as an adjustment too.
        (refund_in_cad("1.80", refund_line_items=[a_line("60.93", "0.90")], refund_shipping_lines=[_SHIPPING],
                       order_adjustments=[an_adjustment("shipping_refund", "-60.93", "-0.90")]), 12186),
        # Shipping as an adjustment alone, as older versions state it.
        (refund_in_cad("1.80", refund_line_items=[a_line("60.93", "0.90")],
                       order_adjustments=[an_adjustment("shipping_refund", "-60.93", "-0.90")]), 12186),
        (refund_in_cad("15.00", refund_line_items=[a_line("1015.47", "15.00")]), 101547),
        (refund_in_cad("11.90", refund_line_items=[a_line("744.68", "11.00")], refund_shipping_lines=[_SHIPPING]), 80561),
        # For damage, without any line.
        (refund_in_cad("0.50", order_adjustments=[an_adjustment("refund_discrepancy", "-33.84", "-0.50")]), 3384),
        # Tax on top of the line.
        (refund_in_cad("16.50", refund_line_items=[a_line("1015.47", "15.00", ("101.55", "1.50"))]), 111702),
        # Less than the lines come to.
        (refund_in_cad("14.00", refund_line_items=[a_line("1015.47", "15.00")],
                       order_adjustments=[an_adjustment("refund_discrepancy", "67.70", "1.00")]), 94777),
    ],
)  # fmt: skip
def test_a_refund_in_the_buyers_currency_is_read_in_the_shops(refund: dict[str, Any], minor: int) -> None:
    [read] = message_of("refunds/create", refund).refunds
    assert [part.amount for part in read.parts] == [Money(minor=minor, currency="INR")]
    assert not read.amount_unknown


def test_two_transactions_in_the_buyers_currency_share_the_shops_amount() -> None:
    refund = refund_in_cad("10.00", "5.00", refund_line_items=[a_line("1015.47", "15.00")])
    [read] = message_of("refunds/create", refund).refunds
    assert [(part.kind, part.amount.minor) for part in read.parts] == [("card", 67698), ("gift_card", 33849)]


def test_an_amount_that_no_parts_come_to_is_unknown_and_never_guessed() -> None:
    refund = refund_in_cad("14.99", refund_line_items=[a_line("1015.47", "15.00")])
    [read] = message_of("refunds/create", refund).refunds
    assert (read.amount_unknown, read.parts, [line.quantity for line in read.lines]) == (True, (), [1])


def test_the_refund_of_a_whole_order_has_the_orders_amount() -> None:
    order = an_order(total_price_set={
        "shop_money": {"amount": "68.00", "currency_code": "GBP"},
        "presentment_money": {"amount": "80.00", "currency_code": "EUR"},
    })  # fmt: skip
    refund = a_refund(order, "80.00")
    refund["transactions"][0]["currency"] = "EUR"
    [read] = message_of("orders/updated", {**order, "refunds": [refund]}).refunds
    assert [part.amount for part in read.parts] == [Money(minor=6800, currency="GBP")]


def test_a_transaction_that_states_the_shops_amount_is_read_by_it() -> None:
    refund = a_refund(an_order(), "14.00", (0, 1))
    refund["transactions"][0] |= {
        "currency": "EUR",
        "amount_set": {"shop_money": {"amount": "12.00", "currency": "GBP"}},
    }
    refund["refund_line_items"][0]["subtotal_set"] = {
        "shop_money": {"amount": "12.00", "currency_code": "GBP"}
    }
    [read] = message_of("refunds/create", refund).refunds
    assert [part.amount for part in read.parts] == [Money(minor=1200, currency="GBP")]


def test_payments_in_the_buyers_currency_are_tenders_in_the_shops() -> None:
    paid = [
        {
            "id": 1,
            "kind": "sale",
            "status": "success",
            "amount": "20.00",
            "currency": "EUR",
            "gateway": "gift_card",
        },
        {
            "id": 2,
            "kind": "sale",
            "status": "success",
            "amount": "60.00",
            "currency": "EUR",
            "gateway": "bogus",
        },
    ]
    total = {
        "shop_money": {"amount": "68.00", "currency_code": "GBP"},
        "presentment_money": {"amount": "80.00", "currency_code": "EUR"},
    }
    sale = message_of("orders/paid", an_order(transactions=paid, total_price_set=total)).sale
    assert sale is not None
    assert [(tender.kind, tender.amount.minor) for tender in sale.tenders] == [
        ("gift_card", 1700),
        ("card", 5100),
    ]


# What is in the total


def a_tip() -> dict[str, Any]:
    return {
        "id": 9, "title": "Tip", "quantity": 1, "price": "2.50", "requires_shipping": False,
        "tip": {"payment_gateway": "shopify_payments"},
    }  # fmt: skip


def test_a_tip_counts_once_whether_it_is_a_line_a_field_or_both() -> None:
    order = an_order(total_price="70.50")
    as_line = {**order, "line_items": [*order["line_items"], a_tip()]}
    for body in (
        {**order, "total_tip_received": "2.50"},
        as_line,
        {**as_line, "total_tip_received": "2.50"},
    ):
        sale = message_of("orders/paid", body).sale
        assert sale is not None
        assert (sale.shipping.minor, len(sale.lines)) == (650, 2)


def test_duties_that_are_in_the_prices_are_not_counted_again() -> None:
    duties = {"shop_money": {"amount": "3.00", "currency_code": "GBP"}}
    for total, shipping in (("68.00", 400), ("71.00", 700)):
        sale = message_of("orders/paid", an_order(total_price=total, original_total_duties_set=duties)).sale
        assert sale is not None
        assert sale.shipping.minor == shipping


def an_edit(order: dict[str, Any], place: int, quantity: int, restock: str = "cancel") -> dict[str, Any]:
    """Units that were taken out by an edit: a refund without payments."""
    line = {"line_item_id": order["line_items"][place]["id"], "quantity": quantity, "restock_type": restock}
    return {
        "id": order["id"] + 70,
        "order_id": order["id"],
        "created_at": "2026-03-02T08:30:00Z",
        "refund_line_items": [line],
        "transactions": [],
    }


@pytest.mark.parametrize("restock", ["cancel", "no_restock"])
def test_units_taken_out_before_the_payment_were_never_paid(restock: str) -> None:
    order = an_order()
    sale = message_of(
        "orders/paid", {**order, "current_total_price": "56.00", "refunds": [an_edit(order, 0, 1, restock)]}
    ).sale
    assert sale is not None
    assert [(line.quantity, line.paid.minor) for line in sale.lines] == [(1, 1200), (1, 4000)]
    assert [tender.amount.minor for tender in sale.tenders] == [5600]
    assert sale.included_refunds == (str(order["id"] + 70),)


def test_a_line_that_was_taken_out_whole_is_gone() -> None:
    order = an_order()
    sale = message_of(
        "orders/paid", {**order, "current_total_price": "28.00", "refunds": [an_edit(order, 1, 1)]}
    ).sale
    assert sale is not None
    assert ([line.title for line in sale.lines], sale.tenders[0].amount.minor) == (["Mug"], 2800)


def test_units_taken_out_after_the_payment_were_paid() -> None:
    order = an_order()
    refund = a_refund(order, "12.00", (0, 1))
    sale = message_of("orders/updated", {**order, "current_total_price": "56.00", "refunds": [refund]}).sale
    assert sale is not None
    assert (sale.tenders[0].amount.minor, sale.included_refunds) == (6800, ())


def test_the_share_of_a_discount_is_rounded_and_no_minor_unit_is_lost() -> None:
    order = an_order(total_price="99.99", total_discounts="0.01", shipping_lines=[])
    line = {
        **order["line_items"][0],
        "quantity": 10,
        "price": "10.00",
        "discount_allocations": [{"amount": "0.01"}],
    }
    order["line_items"] = [line]
    for left in ("69.99", "70.00"):
        sale = message_of(
            "orders/paid", {**order, "current_total_price": left, "refunds": [an_edit(order, 0, 3)]}
        ).sale
        assert sale is not None
        assert f"{sale.lines[0].paid.minor / 100:.2f}" == left
        assert sale.tenders[0].amount == sale.lines[0].paid


# Languages and countries


@pytest.mark.parametrize(
    ("told", "tag"),
    [
        ("de", "de"), ("de-DE", "de-DE"), ("pt_BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW"), ("no", "no"), ("nb", "nb"),
        ("iw", "he"), ("iw-IL", "he-IL"), ("DE-de", "de-de"), ("en_GB.UTF-8", "en-GB"), ("", None), ("?", None), ("x" * 99, None),
    ],
)  # fmt: skip
def test_the_language_of_the_customer_is_read(told: str, tag: str | None) -> None:
    sale = message_of("orders/paid", an_order(customer_locale=told)).sale
    assert sale is not None
    assert (sale.buyer.locale.casefold() if sale.buyer.locale else None) == (tag.casefold() if tag else None)


def test_the_accounts_language_is_read_where_the_order_has_none() -> None:
    sale = message_of("orders/paid", an_order(customer={"id": 1, "locale": "fr"}, customer_locale=None)).sale
    assert sale is not None
    assert sale.buyer.locale == "fr"
