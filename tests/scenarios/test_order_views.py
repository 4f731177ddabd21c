"""An order as staff and as its customer see it, found by what a customer says, with a return form and closed questions."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.domain.test_customer_order import SHOWN
from tests.scenarios.helpers import gbp, item
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop

ON_SQLITE = pytest.mark.parametrize(
    "kind", ["sqlite"]
)  # what differs between the databases is tested elsewhere


async def _link(shop: Shop, order: str) -> str:
    token: str = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return token


@ON_SQLITE
async def test_staff_see_goods_money_and_customer_and_the_customer_sees_their_own_view(shop: Shop) -> None:
    order = await shop.delivered()
    (await shop.open(order, item(), resolution="store_credit")).ok()
    view = (await shop.call("GET", f"/v1/orders/{order}?include=customer", role="agent")).ok().body
    assert view["customer"]["email"] == "zdzislawa.testowa@example.org"
    assert view["destination"]["postcode"] == "N1 9GU"
    mugs = view["lines"][0]
    assert (mugs["sku"], mugs["title"], mugs["paid"]) == ("MUG", "Mug", gbp(3600))
    assert (mugs["units"]["arrived"], mugs["units"]["on_return"]) == (3, 1)
    assert view["totals"]["captured"] == gbp(6995)
    assert view["tenders"][0]["pending"] == gbp(0)
    assert (await shop.view(order))["customer"] is None

    link = await _link(shop, order)
    seen = (await shop.call("GET", f"/v1/orders/{order}", token=link)).ok()
    assert set(seen.body) == set(SHOWN["CustomerOrder"].split())
    assert (seen["stage"], seen["returns"][0]["code_state"]) == ("arrived", "valid")
    assert len(seen["parcels"][0]["scans"]) == 1
    for query in ("?include=customer", "?live=true"):
        problem(await shop.call("GET", f"/v1/orders/{order}{query}", token=link), 403, "forbidden")
    for role in ("finance", "warehouse"):
        denied = await shop.call("GET", f"/v1/orders/{order}?include=customer", role=role)
        problem(denied, 403, "forbidden")


@ON_SQLITE
async def test_every_answer_to_a_customer_is_of_their_own_schemas(shop: Shop) -> None:
    order = await shop.delivered()
    link = await _link(shop, order)
    path = f"/v1/orders/{order}"
    items = {"items": [item()], "resolution": "refund"}
    opened = (await shop.call("POST", f"{path}/returns", items, token=link, key="r")).ok()
    returned = f"/v1/returns/{opened['return']['return_id']}"
    answers = [
        opened,
        await shop.call("GET", returned, token=link),
        await shop.call("POST", f"{returned}/cancel", token=link, key="c"),
        await shop.call("POST", f"{path}/not-received", token=link, key="n"),
        await shop.call("GET", f"{path}/returnable", token=link),
        await shop.call("GET", path, token=link),
    ]
    for answer in answers:
        body = json.dumps(answer.ok().body)
        for name in ("waived", "settlements", "attention", "decline", "tenders", "terms", "lead_time_trials"):
            assert f'"{name}"' not in body, (name, body)
    assert set(answers[1]["return"]) == set(SHOWN["CustomerReturn"].split())
    refused = await shop.call("POST", f"{path}/cancel", token=link, key="k")
    problem(refused, 422, "refused")


async def _found(shop: Shop, query: str, role: str = "agent") -> list[str]:
    answer = (await shop.call("GET", f"/v1/orders?{query}", role=role)).ok()
    return [one["order"] for one in answer["items"]]


async def test_an_order_is_found_by_whatever_a_customer_says(shop: Shop) -> None:
    customer = {
        "customer_id": "c-7", "name": "Jörg Müller-Öztürk", "email": "Joerg@Example.org", "phone": "+491711234567",
    }  # fmt: skip
    body = await shop.order_body(order_id="#DE-7", customer=customer)
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    other = await shop.place()
    number = await shop.ship(order, "1Z 999 AA1 01 2345 6784")
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    opened = (await shop.open(order, item())).ok()
    payment = body["tenders"][0]["payment"]
    said = [
        "#DE-7", "de-7", "joerg@example.ORG", "+491711234567", "0171 123 45 67", "mueller", "JORG", "ozturk",
        "1z999aa10123456784", opened["return"]["number"], opened["return"]["number"].lower()[2:], opened["code"]["text"],
        payment, order,
    ]  # fmt: skip
    for text in said:
        assert await _found(shop, f"query={quote(text)}") == [order], text
    assert await _found(shop, "query=nobody") == []
    for query in ("email=joerg@example.org", "name=muller", "phone=01711234567", f"payment={payment}", "number=de-7",
                  "customer=c-7", f"return_number={opened['return']['number']}", "stage=delivered"):  # fmt: skip
        assert await _found(shop, query) == [order], query
    assert await _found(shop, "attention=true") == []
    assert await _found(shop, "attention=false") == [other, order]
    assert await _found(shop, "placed_until=2026-03-01T00:00:00Z") == []
    named = (await shop.call("GET", "/v1/orders?query=mueller&include=customer", role="agent")).ok()
    assert named["items"][0]["customer"]["name"] == "Jörg Müller-Öztürk"
    problem(await shop.call("GET", "/v1/orders?name=muller", role="finance"), 403, "forbidden")
    problem(await shop.call("GET", "/v1/orders?query=", role="agent"), 400, "invalid_query")


async def test_another_merchants_orders_are_not_found(create_shop: Any) -> None:
    one, other = await create_shop(), await create_shop()
    await one.place()
    assert await _found(other, "query=zdzislawa") == []
    assert len(await _found(one, "query=zdzislawa")) == 1


@ON_SQLITE
async def test_a_return_form_is_filled_in_the_language_that_is_asked_for(shop: Shop) -> None:
    order = await shop.delivered()
    path = f"/v1/orders/{order}/returnable"
    german = (await shop.call("GET", path, headers={"Accept-Language": "fr, de-AT;q=0.9, en;q=0.1"})).ok()
    assert german["language"] == "de"
    assert {"code": "too_small", "label": "Es ist zu klein"} in german["reasons"]
    assert (await shop.call("GET", path)).ok()["language"] == "en"
    by_code = {one["code"]: one for one in german["resolutions"]}
    assert (by_code["refund"]["pays"], by_code["store_credit"]["bonus"]) == (gbp(6500), gbp(650))
    assert [line["units_left"] for line in german["lines"]] == [3, 1]
    await shop.advance_clock(days=40)
    late = (await shop.call("GET", path, token=await _link(shop, order))).ok()
    assert [line["reasons"][0]["code"] for line in late["lines"]] == ["outside_window"] * 2
    assert (await shop.quote(order, item())).reasons == ["outside_window"]


@ON_SQLITE
async def test_a_question_is_closed_with_a_reason_and_one_that_needs_an_answer_is_not(shop: Shop) -> None:
    order = await shop.place()
    await shop.advance_clock(days=38)
    view = await shop.until(order, lambda view: view["attention"])
    [question] = view["attention"]
    assert question["kind"] == "not_shipped"
    body = {"kind": "not_shipped", "subject": question["subject"], "reason": "sent by courier"}
    path = f"/v1/orders/{order}/attention/closings"
    problem(await shop.call("POST", path, body, role="finance"), 422, "refused")
    closed = (await shop.call("POST", path, body, role="agent", key="once")).ok()
    assert closed["attention"] == []
    again = await shop.call("POST", path, body, role="agent", key="twice")
    assert again.reasons == ["question_unknown"]


@ON_SQLITE
@pytest.mark.parametrize("cursor", ["x", "WzFd"])
async def test_a_search_refuses_a_cursor_that_is_not_ours(shop: Shop, cursor: str) -> None:
    answer = await shop.call("GET", f"/v1/orders?query=mug&cursor={cursor}", role="agent")
    problem(answer, 400, "invalid_query")


async def test_the_timeline_is_one_story_with_notes_and_replies_by_the_time_of_each_fact(shop: Shop) -> None:
    order = await shop.place()
    number = await shop.ship(order)
    earlier = await shop.now()
    await shop.advance_clock(hours=30)
    await shop.scan(number, "in_transit", earlier)
    await shop.until(order, lambda view: view["stage"] == "shipped")
    path = f"/v1/orders/{order}"
    note, reply = (
        {"text": "Called: prefers\nmornings"},
        {"text": "Dear Ms Testowa,\nthe lamp follows on Monday."},
    )
    for _ in range(2):
        (await shop.call("POST", f"{path}/notes", note, role="agent", key="note")).ok()
        (await shop.call("POST", f"{path}/replies", reply, role="agent", key="reply")).ok()
    entries = await shop.timeline(order)
    assert [one["at"] for one in entries] == sorted(one["at"] for one in entries)
    [scan] = [one for one in entries if one["kind"] == "scan"]
    assert (scan["action"], scan["at"] < scan["recorded_at"]) == ("in_transit", True)
    [kept] = [one for one in entries if one["kind"] == "note"]
    assert (kept["text"], kept["role"]) == (note["text"], "agent")
    [sent] = [one for one in entries if one["kind"] == "reply"]
    assert sent["text"] == reply["text"]
    await shop.until_notice(order, "reply")
    [letter] = await shop.notices(order, "reply")
    assert "the lamp follows on Monday." in letter["text"]
    assert "text" not in letter["details"]
    link = await _link(shop, order)
    assert "mornings" not in json.dumps((await shop.call("GET", path, token=link)).ok().body)


async def test_pages_of_the_timeline_show_every_fact_once(shop: Shop) -> None:
    order = await shop.delivered()
    (await shop.drop_off((await shop.open(order, item())).ok())).ok()
    await shop.until(order, lambda view: view["returns"][0]["money"] == "paid")
    path, seen, cursor = f"/v1/orders/{order}/timeline?limit=3", [], ""
    while True:
        page = (await shop.call("GET", path + cursor, role="agent")).ok()
        seen += [(one["kind"], one["action"], one["subject"]) for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    whole = [(one["kind"], one["action"], one["subject"]) for one in await shop.timeline(order)]
    assert seen == whole
    assert {"scan", "notice", "decision", "money", "return"} == {kind for kind, _, _ in seen}
    problem(await shop.call("GET", path + "&cursor=x", role="agent"), 400, "invalid_query")


@ON_SQLITE
async def test_a_customer_gets_ten_replies_a_day_and_nobody_but_staff_writes_them(shop: Shop) -> None:
    order = await shop.place()
    path, body = f"/v1/orders/{order}/replies", {"text": "We are looking into it."}
    for number in range(10):
        (await shop.call("POST", path, body, role="agent", key=f"r{number}")).ok()
    refused = await shop.call("POST", path, body, role="agent", key="r10")
    assert refused.reasons == ["too_many_replies"]
    await shop.advance_clock(hours=25)
    (await shop.call("POST", path, body, role="agent", key="r11")).ok()
    for role in ("storefront", "warehouse", "finance"):
        problem(await shop.call("POST", path, body, role=role, key="k"), 403, "forbidden")
    problem(await shop.call("POST", path, body, token=await _link(shop, order), key="k"), 403, "forbidden")
    problem(await shop.call("POST", path, {"text": "a\u202eb"}, role="agent", key="k"), 400, "invalid_body")
