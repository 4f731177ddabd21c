"""Money back: how much, on which tenders, and never more than was paid."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]


def money(minor: int, currency: str) -> dict[str, Any]:
    return {"minor": minor, "currency": currency}


async def paid_back(shop: Shop, order: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A return that was dropped off and paid."""
    opened = (await shop.open(order, *items, **more)).ok()
    (await shop.drop_off(opened)).ok()
    return await shop.paid(order, opened["return"]["return_id"])


async def two_cards(shop: Shop) -> tuple[dict[str, Any], list[str]]:
    """Lines and tenders of two cameras at 50.00, paid with 60.00 on one card and 40.00 on another."""
    payments = [await shop.pay(6000), await shop.pay(4000)]
    lines = [{"line_id": "1", "sku": "CAM", "title": "Camera", "quantity": 2, "unit_price": gbp(5000)}]
    tenders = [
        {"tender_id": "first", "kind": "card", "amount": gbp(6000), "payment": payments[0]},
        {"tender_id": "second", "kind": "card", "amount": gbp(4000), "payment": payments[1]},
    ]
    return {"lines": lines, "shipping": gbp(0), "tenders": tenders}, payments


def legs(case: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [
        (leg["to"], leg["principal"]["minor"], leg["status"])
        for settlement in case["settlements"]
        for leg in settlement["legs"]
    ]


@pytest.mark.scenario("S-61")
async def test_the_refund_is_the_paid_price_and_neither_list_price_nor_shipping(
    shop: Shop,
) -> None:
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": gbp(1200)}
    order, payment = await shop.bought(lines=[{**line, "discount": gbp(900)}])
    case = await paid_back(shop, order, item("1", 2))
    assert case["refund"] == gbp(1800)
    await paid_back(shop, order, item("1", 1))
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1800, 900]
    view = await shop.view(order)
    assert (view["captured"], view["refunded"]) == (gbp(2700 + 495), gbp(2700))


@pytest.mark.scenario("S-62")
async def test_goods_that_cost_nothing_are_settled_without_a_payment(shop: Shop) -> None:
    gift = {"line_id": "gift", "sku": "GIFT", "title": "Sample", "quantity": 1, "unit_price": gbp(0)}
    order, payment = await shop.bought(lines=[gift])
    case = await paid_back(shop, order, item("gift"))
    assert (case["refund"], case["status"], legs(case)) == (gbp(0), "settled", [])
    assert await shop.refunds(payment) == []


@pytest.mark.scenario("S-64")
@pytest.mark.parametrize(
    ("currency", "paid", "units", "parts"),
    [
        ("GBP", 1000, 3, [334, 333, 333]),
        ("JPY", 1000, 3, [334, 333, 333]),
        ("KWD", 10_000, 3, [3334, 3333, 3333]),
        ("GBP", 5, 4, [2, 1, 1, 1]),
    ],
)
async def test_refunds_of_single_units_sum_to_exactly_what_was_paid(
    shop: Shop, currency: str, paid: int, units: int, parts: list[int]
) -> None:
    price = -(-paid // units)
    line = {
        "line_id": "1",
        "sku": "X",
        "title": "X",
        "quantity": units,
        "unit_price": money(price, currency),
        "discount": money(price * units - paid, currency),
    }
    order, payment = await shop.bought(currency=currency, lines=[line], shipping=money(250, currency))
    for _ in range(units):
        await paid_back(shop, order, item("1", 1))
    refunds = await shop.refunds(payment)
    assert [(refund["amount"], refund["currency"]) for refund in refunds] == [
        (part, currency) for part in parts
    ]
    assert (await shop.view(order))["refunded"] == money(paid, currency)
    assert (await shop.open(order, item("1", 1))).reasons == ["units_unavailable"]


@pytest.mark.scenario("S-64")
async def test_one_return_received_unit_by_unit_pays_exactly_its_quote(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt")
    line = {"line_id": "1", "sku": "X", "title": "X", "quantity": 3, "unit_price": gbp(334)}
    order, payment = await shop.bought(lines=[{**line, "discount": gbp(2)}])
    opened = (await shop.open(order, item("1", 3))).ok()
    assert opened["return"]["refund"] == gbp(1000)
    for arrived in range(1, 4):
        (await shop.receive(opened["return"]["return_id"], {"1": 1})).ok()
        wanted = sum([334, 333, 333][:arrived])
        await shop.until(order, lambda view, wanted=wanted: view["refunded"] == gbp(wanted))
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [334, 333, 333]


@pytest.mark.scenario("S-68", "S-84")
@pytest.mark.parametrize(
    ("tender_order", "expected"),
    [
        (None, [("credit", 500), ("credit", 1000), ("provider", 2100)]),
        (["card", "gift_card", "store_credit"], [("provider", 3600)]),
        (["gift_card", "card", "store_credit"], [("credit", 1000), ("provider", 2600)]),
    ],
)
async def test_several_tenders_are_drained_in_the_shops_order_one_leg_each(
    create_shop: CreateShop, tender_order: list[str] | None, expected: list[tuple[str, int]]
) -> None:
    shop = await create_shop(**({"tender_order": tender_order} if tender_order else {}))
    payment = await shop.pay(5495)
    tenders = [
        {"tender_id": "the card", "kind": "card", "amount": gbp(5495), "payment": payment},
        {"tender_id": "voucher", "kind": "gift_card", "amount": gbp(1000)},
        {"tender_id": "credit", "kind": "store_credit", "amount": gbp(500)},
    ]
    order, _ = await shop.bought(tenders=tenders)
    case = await paid_back(shop, order, item("1", 3))
    assert legs(case) == [(to, amount, "settled") for to, amount in expected]
    assert {leg["bonus"]["minor"] for leg in case["settlements"][0]["legs"]} == {0}
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [expected[-1][1]]


@pytest.mark.scenario("S-68")
async def test_the_next_return_goes_on_where_the_tenders_were_drained_to(shop: Shop) -> None:
    tenders, payments = await two_cards(shop)
    order, _ = await shop.bought(**tenders)
    assert legs(await paid_back(shop, order, item())) == [("provider", 5000, "settled")]
    rest = [("provider", 1000, "settled"), ("provider", 4000, "settled")]
    assert legs(await paid_back(shop, order, item())) == rest
    assert [refund["amount"] for refund in await shop.refunds(payments[0])] == [5000, 1000]
    assert [refund["amount"] for refund in await shop.refunds(payments[1])] == [4000]


@pytest.mark.scenario("S-73")
async def test_five_scans_of_one_code_at_once_are_one_drop_off_and_one_payment(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2))).ok()
    answers = await asyncio.gather(*(shop.drop_off(opened, nonce=f"n-{n}") for n in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    assert {answer["code"] for answer in answers if answer.status == 409} == {"code_used"}
    await shop.paid(order, opened["return"]["return_id"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    assert len(await shop.timeline(order, "goods_dropped_off")) == 1


@pytest.mark.scenario("S-73")
async def test_one_scan_sent_five_times_at_once_gets_one_receipt_five_times(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2))).ok()
    answers = await asyncio.gather(*(shop.drop_off(opened, nonce="the-same") for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer["dropped_off_at"] for answer in answers}) == 1
    await shop.paid(order, opened["return"]["return_id"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    assert len(await shop.timeline(order, "goods_dropped_off")) == 1


@pytest.mark.scenario("S-60", "S-73")
async def test_five_concurrent_receipts_of_one_return_are_recorded_and_paid_once(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2))).ok()
    return_id = opened["return"]["return_id"]
    answers = await asyncio.gather(*(shop.receive(return_id) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 422, 422, 422, 422]
    assert [answer.reasons for answer in answers if answer.status == 422] == [["not_expected"]] * 4
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    assert [one["details"] for one in await shop.timeline(order, "goods_received")] == [{"units": 2}]


@pytest.mark.scenario("S-73")
async def test_scan_and_receipt_at_once_pay_once(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2))).ok()
    return_id = opened["return"]["return_id"]
    await asyncio.gather(
        *(shop.drop_off(opened) for _ in range(3)), *(shop.receive(return_id) for _ in range(3))
    )
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
