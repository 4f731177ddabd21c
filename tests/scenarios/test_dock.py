"""The dock: units are received by themselves, nothing that is there is refused, and stock counts a unit once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from unittest.mock import ANY
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.adapters.webhook_receiver import WebhookReceiver
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.people_of_a_shop import colleague, page_of
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_outgoing_webhooks import create_endpoint
from tests.scenarios.test_return_overrides import hidden_fields

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver.running() as receiver:
        yield receiver


async def opened(shop: Shop, *items: dict[str, Any]) -> tuple[str, str, ApiResponse]:
    """A return of a delivered order: the order, its payment, and the answer."""
    order, payment = await shop.bought()
    return order, payment, (await shop.open(order, *items)).ok()


async def scan(shop: Shop, *units: dict[str, Any], role: str = "warehouse") -> ApiResponse:
    return await shop.call("POST", "/v1/receipts", {"units": list(units)}, role=role)


def results(answer: ApiResponse) -> dict[str, str]:
    return {one["receipt"]: one["result"] for one in answer.ok()["results"]}


@pytest.mark.scenario("S-52", "S-54")
async def test_each_unit_has_its_own_result_and_what_was_announced_is_paid_at_once(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment, answer = await opened(shop, item("1", 3), item("2"))
    return_id, number = answer["return"]["return_id"], answer["return"]["number"]
    code = answer["code"]["text"]
    units = [
        {"receipt": "leeds/1", "reference": return_id, "sku": "MUG", "grade": "A"},
        {"receipt": "leeds/2", "reference": number, "line_id": "1", "condition": "used"},
        {"receipt": "leeds/3", "reference": code, "line_id": "2", "quantity": 0},
        {"receipt": "leeds/4", "reference": code, "sku": "VASE-900"},
        {"receipt": "leeds/5", "reference": code, "condition": "empty"},
        {"receipt": "leeds/6", "reference": code},
        {"receipt": "leeds/7", "reference": "box without a name", "sku": "MUG"},
    ]  # one return by three names
    expected = ["expected", "damaged", "short", "wrong", "empty", "unknown", "unknown"]
    answers = [await scan(shop, *units), await scan(shop, *units), await scan(shop, *reversed(units))]
    assert [results(one) for one in answers] == [
        dict(zip([unit["receipt"] for unit in units], expected, strict=True))
    ] * 3

    view = await shop.until(order, lambda view: view["returns"][0]["money"] == "partly_paid")
    [case] = view["returns"]
    assert (case["received"], case["disputed"]) == ({"1": 1}, {"1": 1})
    assert [(one["quantity"], one["result"]) for one in case["receipts"]] == [
        (1, "expected"), (1, "damaged"), (0, "short"), (1, "wrong"), (1, "empty"), (1, "unknown"),
    ]  # fmt: skip
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]
    assert {one["kind"] for one in await shop.attention_items(order)} == {
        "goods_condition",
        "unexpected_goods",
    }
    later = await scan(shop, {"receipt": "leeds/8", "reference": order, "sku": "LAMP"})
    more = await scan(shop, {"receipt": "leeds/9", "reference": return_id, "sku": "LAMP"})
    assert (results(later), results(more)) == ({"leeds/8": "expected"}, {"leeds/9": "over"})
    other = await scan(shop, {**units[0], "condition": "damaged"})
    assert results(other) == {"leeds/1": "name_used"}
    await shop.until(order, lambda view: view["refunded"]["minor"] == 1200 + 2900)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200, 2900]


async def test_goods_of_no_return_are_a_case_until_a_person_names_their_return(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment, answer = await opened(shop, item("1", 1))
    unit = {"receipt": "w-1", "reference": "R-unreadable", "sku": "MUG", "place": "dock 4"}
    [first] = (await scan(shop, unit)).ok()["results"]
    assert (first["result"], first["return_id"]) == ("unknown", None)
    [listed] = (await shop.call("GET", "/v1/unknown-goods", role="warehouse")).ok()["items"]
    assert (listed["id"], listed["reference"], listed["place"]) == (first["case"], "R-unreadable", "dock 4")
    asked = (await shop.call("GET", "/v1/attention?kind=unknown_goods", role="agent")).ok()["items"]
    assert [(one["subject"], one["order"]) for one in asked] == [(first["case"], None)]

    closing = f"/v1/unknown-goods/{first['case']}/closings"
    bad = {"reason": "found it", "reference": "R-also-unreadable"}
    assert (await shop.call("POST", closing, bad, role="warehouse")).status == 422
    found = {"reason": "the label was wet", "reference": answer["return"]["return_id"]}
    closed = (await shop.call("POST", closing, found, role="warehouse")).ok()
    assert (closed["return_id"], closed["note"]) == (answer["return"]["return_id"], "the label was wet")
    assert (await shop.call("POST", closing, found, role="warehouse")).status == 404
    assert (await shop.call("GET", "/v1/attention?kind=unknown_goods", role="agent")).ok()["items"] == []
    await shop.paid(order, answer["return"]["return_id"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


async def test_two_people_who_name_different_returns_of_the_same_goods_pay_once(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt")
    bought = [await opened(shop, item("1", 1)) for _ in range(2)]
    returns = [answer["return"]["return_id"] for _, _, answer in bought]
    [kept] = (await scan(shop, {"receipt": "w-2", "sku": "MUG"})).ok()["results"]
    closing = f"/v1/unknown-goods/{kept['case']}/closings"
    (await scan(shop, {"receipt": "w-2", "reference": returns[0], "sku": "LAMP"})).ok()
    bad = {"reason": "the label was wet", "reference": returns[0]}
    refused = await shop.call("POST", closing, bad, role="warehouse")
    assert (refused.status, "name" in refused["detail"]) == (422, True)
    [still] = (await shop.call("GET", "/v1/unknown-goods", role="agent")).ok()["items"]
    assert (still["id"], still["return_id"]) == (kept["case"], None)

    [other] = (await scan(shop, {"receipt": "w-3", "sku": "MUG"})).ok()["results"]
    path = f"/v1/unknown-goods/{other['case']}/closings"
    found = [{"reason": "it is theirs", "reference": one} for one in (*returns, *returns)]
    answers = await asyncio.gather(*(shop.call("POST", path, one, role="agent") for one in found))
    assert {one.status for one in answers} <= {201, 404, 422}
    [received] = {one["return_id"] for one in answers if one.status == 201}
    order, payment, _ = bought[returns.index(received)]
    await shop.paid(order, received)
    assert sorted([len(await shop.refunds(payment)) for _, payment, _ in bought]) == [0, 1]
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


async def test_goods_that_are_sent_again_by_their_order_are_of_the_return_that_has_them(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment, first = await opened(shop, item("1", 1))
    unit = {"receipt": "o-1", "reference": order, "sku": "MUG"}
    sent = (await scan(shop, unit)).ok()["results"]
    assert (await scan(shop, unit)).ok()["results"] == sent, "no return waits any more"
    second = (await shop.open(order, item("1", 1))).ok()["return"]["return_id"]
    assert (await scan(shop, unit)).ok()["results"] == sent, "another return waits by now"
    assert (sent[0]["result"], sent[0]["return_id"]) == ("expected", first["return"]["return_id"])

    third = (await shop.open(order, item("1", 1))).ok()["return"]["return_id"]
    more = {"receipt": "o-2", "reference": order, "sku": "MUG"}
    kept = (await scan(shop, more)).ok()["results"]
    (await shop.call("POST", f"/v1/returns/{third}/cancel", role="agent")).ok()
    assert (await scan(shop, more)).ok()["results"] == kept, "goods that are a case stay that case"
    assert (kept[0]["result"], kept[0]["return_id"]) == ("unknown", None)
    assert (await shop.get_return(second))["return"]["receipts"] == []
    await shop.paid(order, first["return"]["return_id"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


@pytest.mark.scenario("S-56")
async def test_stock_counts_a_unit_once_where_it_came_to(shop: Shop, receiver: WebhookReceiver) -> None:
    await create_endpoint(shop, receiver, "/stock", "stock.restocked")
    _, _, answer = await opened(shop, item("1", 2), item("2"))
    return_id = answer["return"]["return_id"]
    path = f"/v1/returns/{return_id}/dispositions"
    await scan(
        shop,
        {"receipt": "1", "reference": return_id, "sku": "MUG", "disposition": "restock", "place": "Leeds K-14"},
        {"receipt": "2", "reference": return_id, "sku": "MUG", "grade": "C"},
        {"receipt": "3", "reference": return_id, "sku": "LAMP", "condition": "damaged", "disposition": "restock"},
    )  # fmt: skip
    again = {"goods": [{"number": 1, "disposition": "restock"}, {"number": 2, "disposition": "resale"}]}
    decided = [await shop.call("POST", path, again, role="warehouse") for _ in range(2)]
    assert [[one["disposition"] for one in answer.ok()["receipts"]] for answer in decided] == [
        ["restock", "resale", None]
    ] * 2
    for number, code in ((1, "already_restocked"), (4, "receipt_unknown")):
        refused = {
            "goods": [{"number": 3, "disposition": "dispose"}, {"number": number, "disposition": "donate"}]
        }
        assert (await shop.call("POST", path, refused, role="warehouse")).reasons == [code]
    last = {"goods": [{"number": 3, "disposition": "restock", "grade": "B"}]}
    assert (await shop.call("POST", path, last, role="agent")).ok()["receipts"][2]["disposition"] == "restock"
    received = await receiver.until("/stock", lambda received: len(received) == 2)
    stock = [one["event"]["data"]["stock"] for one in received]
    assert [(one["sku"], one["quantity"], one["place"]) for one in stock] == [
        ("MUG", 1, "Leeds K-14"),
        ("LAMP", 1, None),
    ]
    assert len({one["key"] for one in stock}) == 2


async def test_the_year_knows_what_became_of_goods_by_customs_code_and_reason(shop: Shop) -> None:
    body = await shop.order_body()
    body["lines"][0]["commodity_code"] = "69120023"
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    answer = (await shop.open(order, item("1", 3, "damaged"), item("2", reason="unwanted"))).ok()
    unit = {"reference": answer["return"]["return_id"], "line_id": "1"}
    (await scan(
        shop,
        {**unit, "receipt": "1", "disposition": "restock"},
        {**unit, "receipt": "2", "disposition": "recycle"},
        {**unit, "receipt": "3"},
        {**unit, "receipt": "4", "sku": "LAMP", "line_id": "2", "disposition": "dispose"},
    )).ok()  # fmt: skip
    await shop.until(order, lambda view: view["returns"][0]["money"] != "none")
    await shop.advance_clock(hours=2)
    path = f"/v1/returns/{answer['return']['return_id']}/dispositions"
    (
        await shop.call("POST", path, {"goods": [{"number": 3, "disposition": "resale"}]}, role="warehouse")
    ).ok()
    table = (await shop.call("GET", "/v1/dispositions?year=2026", role="warehouse")).ok()
    assert (table["units"], table["discarded"]) == (4, 2)
    assert [
        (one["commodity_code"], one["disposition"], one["reason"], one["units"], one["share"])
        for one in table["rows"]
    ] == [
        (None, "dispose", "unwanted", 1, 100.0),
        ("69120023", "recycle", "damaged", 1, 33.33),
        ("69120023", "resale", "damaged", 1, 33.33),
        ("69120023", "restock", "damaged", 1, 33.33),
    ]
    file = await shop.call("GET", "/v1/dispositions?year=2026&format=csv", role="finance")
    assert file.body.decode().splitlines()[1] == "2026,,dispose,True,unwanted,1,100.0"
    assert (await shop.call("GET", "/v1/dispositions?year=1", role="finance")).status == 400
    figures = (await shop.call("GET", "/v1/kpis", role="agent")).ok()["figures"]
    assert next(one for one in figures if one["figure"] == "dock_to_stock")["of"] == 1


async def test_a_parcel_that_is_not_scanned_in_time_is_paid_as_announced(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt", unscanned_days=4)
    order, payment, answer = await opened(shop, item("1", 2))
    return_id = answer["return"]["return_id"]
    other, _, opened_part = await opened(shop, item("1", 2))
    parcel = {"carrier": "DPD", "tracking_number": "0987"}
    for path in (
        f"/v1/returns/{return_id}/arrivals",
        f"/v1/returns/{opened_part['return']['return_id']}/arrivals",
    ):
        came = [await shop.call("POST", path, parcel, role="warehouse") for _ in range(2)]
        assert [len(one.ok()["arrivals"]) for one in came] == [1, 1]
    (await scan(shop, {"receipt": "1", "reference": opened_part["return"]["return_id"], "line_id": "1"})).ok()
    await shop.advance_clock(days=3)
    assert await shop.refunds(payment) == []
    await shop.advance_clock(days=2)
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    assert [(one["kind"], one["owner"]) for one in await shop.attention_items(order)] == [
        ("goods_unscanned", "warehouse")
    ]
    assert (await shop.view(other))["refunded"]["minor"] == 1200


@pytest.mark.scenario("S-60")
async def test_the_same_batch_from_ten_scanners_at_once_has_one_effect(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment, answer = await opened(shop, item("1", 3))
    units = [
        {"receipt": f"r{n}", "reference": answer["return"]["return_id"], "line_id": "1"} for n in range(5)
    ]

    async def until_taken() -> ApiResponse:
        while "busy" in results(answer := await scan(shop, *units)).values():
            pass  # on a machine that is under load: nothing has changed, and the scanner sends it again
        return answer

    answers = await asyncio.gather(*(until_taken() for _ in range(10)))
    assert {tuple(results(one).values()) for one in answers} == {("expected",) * 3 + ("over",) * 2}
    await shop.paid(order, answer["return"]["return_id"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [3600]
    assert [one["details"] for one in await shop.timeline(order, "goods_received")] == [{"units": 5}]


async def test_a_bad_batch_is_refused_as_a_whole_and_changes_nothing(shop: Shop) -> None:
    order, _, answer = await opened(shop, item("1", 3))
    unit = {"receipt": "1", "reference": answer["return"]["return_id"], "line_id": "1"}
    async with shop.nothing_changes(order):
        for bad in (
            [{**unit, "receipt": str(number)} for number in range(101)],
            [unit, {**unit, "line_id": "2"}],
            [],
            *([{**unit, "receipt": "2"}, {**unit, "quantity": quantity}] for quantity in (-1, 0.5, 2, "1", None)),
            [{**unit, "grade": "E"}],
            [{**unit, "receipt": ""}],
        ):  # fmt: skip
            assert (await scan(shop, *bad)).status == 400
        assert (await scan(shop, unit, role="storefront")).status == 403


async def test_the_dock_page_receives_sorts_and_keeps_goods_without_a_script(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt")
    worker = await colleague(shop, "dock@example.org", "warehouse")
    order, payment, answer = await opened(shop, item("1", 2), item("2"))
    return_id, number = answer["return"]["return_id"], answer["return"]["number"]
    status, page = await page_of(worker, f"/agents/dock?code={quote(number)}")
    assert (status, "Mug" in page, "not wanted any more" in page) == (200, True, True)
    hidden = hidden_fields(page)
    assert hidden["return"] == return_id
    counted = {
        **hidden, "count.0": "2", "goes.0": "restock", "grade.0": "A", "count.1": "1", "condition.1": "damaged",
        "count.more": "1", "sku.more": "VASE", "place": "Leeds",
    }  # fmt: skip
    for _ in range(2):  # two clicks
        assert await page_of(worker, "/agents/dock", **counted) == (200, ANY)
    case = (await shop.get_return(return_id))["return"]
    assert [(one["quantity"], one["result"], one["disposition"], one["place"]) for one in case["receipts"]] == [
        (2, "expected", "restock", "Leeds"), (1, "damaged", None, "Leeds"), (1, "wrong", None, "Leeds"),
    ]  # fmt: skip
    await shop.until(order, lambda view: view["refunded"]["minor"] == 2400)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    sorted_ = {**hidden, "goes.2": "vendor", "goes.3": "donate"}
    assert (await page_of(worker, "/agents/dock/dispositions", **sorted_))[0] == 200
    goes = [one["disposition"] for one in (await shop.get_return(return_id))["return"]["receipts"]]
    assert goes == ["restock", "vendor", "donate"]
    stale = {
        **hidden,
        "form": "0" * 32,
        "was.2": "dispose",
        "goes.2": "dispose",
        "was.3": "donate",
        "goes.3": "recycle",
    }
    assert (await page_of(worker, "/agents/dock/dispositions", **stale))[0] == 200
    goes = [one["disposition"] for one in (await shop.get_return(return_id))["return"]["receipts"]]
    assert goes == ["restock", "vendor", "recycle"], "what was not chosen on the page is not changed"
    _, page = await page_of(worker, f"/agents/dock?code={quote(number)}")
    assert 'name="was.2" value="vendor"' in page
    _, page = await page_of(worker, f"/agents/dock?code={quote(number)}&before=3")
    assert ('name="was.2"' in page, 'name="was.3"' in page) == (True, False)

    for bad in ({"count.0": "-1"}, {"count.0": "1e3"}, {"count.0": "0", "count.more": "0"}):
        assert (await page_of(worker, "/agents/dock", **{**hidden, **bad}))[0] == 422
    _, page = await page_of(worker, "/agents/dock?code=R-%3Cb%3Enone")
    assert "R-&lt;b&gt;none" in page
    kept = {**hidden_fields(page), "count.more": "1", "place": "dock 4"}
    kept["reference"] = "R-<b>none"
    for odd in ({"form": "a\x01b"}, {"form": ""}, {"reference": "R\x01"}):
        assert (await page_of(worker, "/agents/dock/goods", **{**kept, **odd}))[0] == 422
    assert (await page_of(worker, "/agents/dock/goods", **kept))[0] == 200
    [one] = (await shop.call("GET", "/v1/unknown-goods", role="agent")).ok()["items"]
    closing = {**hidden, "goes": "donate", "reason": "nobody knows it"}
    assert (await page_of(worker, f"/agents/dock/goods/{one['id']}", **{**closing, "reason": ""}))[0] == 422
    assert (await page_of(worker, f"/agents/dock/goods/{one['id']}", **closing))[0] == 200
    closed = (await shop.call("GET", "/v1/unknown-goods?status=closed", role="agent")).ok()["items"]
    assert [(one["disposition"], one["note"]) for one in closed] == [("donate", "nobody knows it")]
    finance = await colleague(shop, "money@example.org", "finance")
    assert (await page_of(finance, "/agents/dock"))[0] == 403


async def test_the_customer_hears_of_goods_that_came_otherwise_and_may_answer_before_the_decision(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt", notices=AT_ONCE, attention_days=3)
    order, payment, answer = await opened(shop, item("1", 2))
    unit = {"reference": answer["return"]["return_id"], "line_id": "1"}
    (await scan(shop, {**unit, "receipt": "1"}, {**unit, "receipt": "2", "condition": "used"})).ok()
    letter = await shop.until_notice(order, "goods_disputed")
    assert "1 item did not arrive as announced" in letter["text"]
    assert "5 March 2026" in letter["text"]
    (await shop.override(f"returns/{unit['reference']}", "accept_goods")).ok()
    await shop.until(order, lambda view: view["refunded"]["minor"] == 2400)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200, 1200]
    assert len(await shop.notices(order, "goods_disputed")) == 1
