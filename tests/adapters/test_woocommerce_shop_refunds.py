"""The WooCommerce stand-in makes refunds in WooCommerce's order of work, with all its surprises."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.adapters.woocommerce_shop import KEY, ROOT, SECRET, WooShop

INPUTS = Path(__file__).parents[3] / "shared" / "inputs" / "woocommerce"
real = pytest.mark.skipif(not INPUTS.exists(), reason=f"no recorded bodies at {INPUTS}")
ITEM = {
    "id": 1801, "name": "Mug", "product_id": 93, "variation_id": 0, "quantity": 2, "tax_class": "", "sku": "MUG",
    "subtotal": "20", "subtotal_tax": "3.8", "total": "18", "total_tax": "3.42", "price": 9, "meta_data": [],
    "taxes": [{"id": 75, "total": "3.4181", "subtotal": "3.8"}],
}  # fmt: skip


async def refund(woo: WooShop, order: Any, **body: Any) -> tuple[int, Any]:
    answer = await woo.rest("POST", f"/orders/{order['id']}/refunds", body)
    return answer.status, answer.body


async def status_of(woo: WooShop, order: Any) -> str:
    return str((await woo.rest("GET", f"/orders/{order['id']}")).body["status"])


@pytest.mark.parametrize(
    ("fault", "rows", "paid"),
    [
        ("stop_before_check", [], []),
        ("stop_after_save", [(False, [])], []),
        ("stop_after_gateway", [(False, [])], ["10.00"]),
        ("stop_after_mark", [(True, [])], ["10.00"]),
        ("stop_after_meta", [(True, ["k"])], ["10.00"]),
    ],
)
async def test_w2_w4_it_may_stop_between_any_two_steps(
    woo: WooShop, fault: str, rows: Any, paid: Any
) -> None:
    order = await woo.order()
    await woo.arm(fault, order=order["id"])
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await refund(woo, order, amount="10", reason="why", meta_data=[{"key": "k", "value": "v"}])
    listed = await woo.rows(order["id"])
    assert [(row["refunded_payment"], [meta["key"] for meta in row["meta_data"]]) for row in listed] == rows
    assert all(row["reason"] == "why" for row in listed)
    assert await woo.paid(order["id"]) == paid


@pytest.mark.parametrize("fault", ["gateway_refuses", "gateway_timeout"])
async def test_w2_w3_a_refusing_gateway_leaves_no_row(woo: WooShop, fault: str) -> None:
    order = await woo.order()
    await woo.arm(fault, order=order["id"])
    status, body = await refund(woo, order, amount="10")
    assert (status, body["code"], body["data"]) == (500, "woocommerce_rest_cannot_create_order_refund", 500)
    assert await woo.rows(order["id"]) == []
    assert await woo.paid(order["id"]) == (["10.00"] if fault == "gateway_timeout" else [])


@real
@pytest.mark.parametrize(
    ("name", "order", "amount"),
    [
        ("refund_order_unknown", None, "1"),
        ("refund_negative", {}, "-1"),
        ("refund_too_much", {}, "50.01"),
        ("refund_gateway_cannot", {"payment_method": "cheque"}, "1"),
        ("refund_gateway_missing", {"payment_method": ""}, "1"),
    ],
)
async def test_w3_refusals_are_500_with_a_number(woo: WooShop, name: str, order: Any, amount: str) -> None:
    expected = json.loads((INPUTS / "errors.json").read_text())[name]
    placed = {"id": 1} if order is None else await woo.order(**order)
    assert await refund(woo, placed, amount=amount) == (expected["status"], expected["body"])


async def test_w3_refusals_carry_a_bare_number(woo: WooShop) -> None:
    for body, number in (({"id": 1}, 404), (await woo.order("5.00"), 500)):
        status, answer = await refund(woo, body, amount="6")
        assert (status, answer["data"]) == (500, number)


async def test_w5_two_at_once_exceed_the_total_unless_orders_are_locked(woo: WooShop) -> None:
    for locks, paid in ((False, ["40.00", "40.00"]), (True, ["40.00"])):
        await woo.settings(check_pause_seconds=0.05, locks_orders=locks)
        order = await woo.order()
        await asyncio.gather(*(refund(woo, order, amount="40") for _ in range(2)))
        assert await woo.paid(order["id"]) == paid
    await woo.settings()


async def test_w6_an_amount_of_zero_makes_an_empty_refund_and_calls_the_gateway(woo: WooShop) -> None:
    order = await woo.order()
    status, body = await refund(woo, order, amount="0")
    assert (status, body["amount"], body["refunded_payment"]) == (201, "0.00", True)
    assert await woo.paid(order["id"]) == ["0.00"]


async def test_w7_the_amount_wins_over_the_lines_and_taxes_go_by_rate(woo: WooShop) -> None:
    order = await woo.order(line_items=[ITEM])
    taxes = [{"id": "75", "refund_total": 1.71}, {"id": "76", "refund_total": 5}]
    item = {"id": 1801, "quantity": 1, "refund_total": 9, "refund_tax": taxes}
    status, body = await refund(woo, order, amount="2", line_items=[item])
    [line] = body["line_items"]
    assert (status, body["amount"], line["quantity"], line["total_tax"]) == (201, "2.00", -1, "-1.71")
    assert [meta["value"] for meta in line["meta_data"]] == ["1801"]
    item["refund_tax"] = taxes[:1]
    assert (await refund(woo, order, line_items=[item]))[1]["amount"] == "10.71"
    status, body = await refund(woo, order, amount="1", line_items=[item, {"quantity": 1, "refund_total": 9}])
    assert (status, body["line_items"]) == (201, [])


async def test_w8_a_whole_refund_and_a_status_by_hand(woo: WooShop) -> None:
    order = await woo.order()
    await refund(woo, order, amount="20")
    assert await status_of(woo, order) == "processing"
    await refund(woo, order, amount="30")
    assert await status_of(woo, order) == "refunded"
    by_hand = await woo.order()
    await woo.rest("PUT", f"/orders/{by_hand['id']}", {"status": "refunded"})
    [row] = await woo.rows(by_hand["id"])
    assert (row["amount"], row["reason"], row["refunded_payment"]) == (
        "50.00",
        "Order fully refunded.",
        False,
    )
    assert await woo.paid(by_hand["id"]) == []


async def test_w9_made_and_said_not_to_be(woo: WooShop) -> None:
    order = await woo.order()
    await woo.arm("not_created_400", order=order["id"])
    status, body = await refund(woo, order, amount="10")
    assert (status, body["code"]) == (400, "woocommerce_rest_shop_order_refund_not_created")
    assert (len(await woo.rows(order["id"])), await woo.paid(order["id"])) == (1, ["10.00"])


async def test_w10_one_number_of_decimals_for_all_currencies(woo: WooShop) -> None:
    order = await woo.order("1500", currency="JPY", line_items=[ITEM], shipping_total="4.905")
    shown = (await woo.rest("GET", f"/orders/{order['id']}")).body
    assert (shown["total"], shown["shipping_total"], shown["line_items"][0]["total"]) == (
        "1500.00",
        "4.91",
        "18.00",
    )
    assert (shown["line_items"][0]["taxes"][0]["total"], shown["line_items"][0]["price"]) == ("3.4181", 9)
    assert (await woo.rest("GET", f"/orders/{order['id']}", dp="0")).body["total"] == "1500"
    created, in_utc = shown["date_created"], shown["date_created_gmt"]
    assert created != in_utc
    assert created[13:] == in_utc[13:]
    assert len(in_utc) == len("2026-01-01T00:00:00")
    await woo.settings(numbers_as_text=True, decimals=3)
    shown = (await woo.rest("GET", f"/orders/{order['id']}")).body
    assert (shown["id"], shown["total"], shown["line_items"][0]["quantity"]) == (
        str(order["id"]),
        "1500.000",
        "2",
    )
    await woo.settings()


async def test_w13_the_gateways_plugin_may_write_a_second_row(woo: WooShop) -> None:
    order = await woo.order()
    await woo.arm("second_row", order=order["id"])
    assert (await refund(woo, order, amount="10"))[0] == 201
    assert [row["refunded_payment"] for row in await woo.rows(order["id"])] == [False, True]
    assert await woo.paid(order["id"]) == ["10.00"]


@pytest.mark.parametrize(
    ("fault", "status", "start"),
    [
        ("html_before_json", 201, b"<br />"),
        ("html_and_500", 500, b"<br />"),
        ("byte_order_mark", 201, b"\xef\xbb\xbf{"),
        ("blank_lines", 201, b"\n\n  {"),
        ("gzip_unmarked", 201, b"\x1f\x8b"),
        ("html_504_after", 504, b"<html>"),
        ("empty_answer", 200, b""),
    ],
)
async def test_w14_answers_are_dirty_after_the_money_moved(
    woo: WooShop, fault: str, status: int, start: bytes
) -> None:
    order = await woo.order()
    await woo.arm(fault, order=order["id"])
    url = f"{woo.base}{ROOT}/orders/{order['id']}/refunds"
    headers = {"Authorization": aiohttp.encode_basic_auth(KEY, SECRET)}
    async with woo.http.post(url, json={"amount": "10"}, headers=headers) as answer:
        body = await answer.read()
    assert (answer.status, body[: len(start)]) == (status, start)
    if fault == "gzip_unmarked":
        assert json.loads(gzip.decompress(body))["amount"] == "10.00"
    assert await woo.paid(order["id"]) == ["10.00"]


async def test_w14_a_page_cache_repeats_an_old_answer_to_the_same_address(woo: WooShop) -> None:
    await woo.settings(page_cache=True)
    order = await woo.order()
    path = f"/orders/{order['id']}/refunds"
    assert (await woo.rest("GET", path)).body == []
    await refund(woo, order, amount="10")
    assert (await woo.rest("GET", path)).body == []
    assert len((await woo.rest("GET", path, _="other")).body) == 1
    await woo.settings()


async def test_w15_lists_have_pages_and_a_time(woo: WooShop) -> None:
    order = await woo.order()
    for _ in range(3):
        await refund(woo, order, amount="1")
    path = f"/orders/{order['id']}/refunds"
    page = await woo.rest("GET", path, per_page="2")
    assert (page.headers["X-WP-Total"], page.headers["X-WP-TotalPages"], len(page.body)) == ("3", "2", 2)
    assert 'rel="next"' in page.headers["Link"]
    assert "Link" not in (await woo.rest("GET", path, per_page="2", page="2")).headers
    assert (await woo.rest("GET", path, per_page="101")).status == 400
    assert (await woo.rest("GET", "/orders", orderby="modified")).status == 400
    shown = (await woo.rest("GET", f"/orders/{order['id']}")).body
    for gmt, after, found in (
        ("true", shown["date_modified_gmt"], False),
        ("false", shown["date_modified"], False),
        ("false", shown["date_modified_gmt"], True),  # the shop's own time is an hour ahead
    ):
        query = {"modified_after": after, "dates_are_gmt": gmt, "per_page": "100"}
        listed = (await woo.rest("GET", "/orders", **query)).body
        assert (order["id"] in [one["id"] for one in listed]) == found


@real
async def test_a_refund_is_written_as_a_real_shop_writes_it(woo: WooShop) -> None:
    recorded = json.loads((INPUTS / "refunds-all.json").read_text())["data"][0]
    order = await woo.order(line_items=[ITEM])
    item = {"id": 1801, "quantity": 1, "refund_total": 9}
    _, made = await refund(woo, order, amount="10.00", line_items=[item])
    assert recorded.keys() <= made.keys()
    assert recorded["line_items"][0].keys() <= made["line_items"][0].keys()
    for name in ("id", "amount", "reason", "refunded_by", "refunded_payment", "date_created_gmt"):
        assert type(made[name]) is type(recorded[name]), name
