"""A customer asks a person: the message waits for an answer with a time, and the answer comes by mail in one thread."""

import json
from typing import Any

import pytest

from tests.scenarios.people_of_a_shop import colleague
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import AT_ONCE, Shop

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])  # tests/store has what differs on the other database


@pytest.fixture
async def shop(create_shop: Any) -> Shop:
    made: Shop = await create_shop(notices=AT_ONCE)
    return made


async def link_to(shop: Shop, order: str) -> str:
    token: str = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return token


async def waiting(shop: Shop) -> list[dict[str, Any]]:
    answer = await shop.call("GET", "/v1/attention?kind=customer_message", role="agent")
    items: list[dict[str, Any]] = answer.ok()["items"]
    return items


async def pages_of(shop: Shop, http: Any, session: str, order: str) -> dict[str, str]:
    """The pages on which staff read and answer the message; each opens."""
    base, opened = f"/agents/orders/{order}", {}
    for path in (
        "/agents",
        base,
        f"{base}/commands",
        f"{base}/commands/reply",
        f"/agents/conversations/{order}",
    ):
        url = shop.deployment.addresses["api"] + path
        async with http.get(url, headers={"Cookie": f"smot_session={session}"}) as answer:
            opened[path.removeprefix(base)] = await answer.text()
            assert answer.status == 200, path
    return opened


async def test_a_customer_asks_a_person_and_reads_the_answer(shop: Shop, http: Any) -> None:
    order, other = await shop.place(), await shop.place()
    path, link = f"/v1/orders/{order}", await link_to(shop, order)
    body = {"text": "Is the blue mug\ndishwasher safe?"}
    for _ in range(2):
        asked = (await shop.call("POST", f"{path}/messages", body, token=link, key="once")).ok()
    assert asked.body.keys() == {"order", "order_id", "answer_by", "waits_for"}, (
        "no text, which would be kept"
    )
    written = (await shop.call("GET", f"{path}/conversation", token=link)).ok()
    assert [(one["by"], one["text"]) for one in written["lines"]] == [("customer", body["text"])]
    (await shop.call("POST", f"{path}/messages", {"text": "And the red one?"}, token=link, key="2")).ok()
    [item] = await waiting(shop)
    assert (item["order"], item["owner"], item["default"]) == (order, "agent", "remind")
    assert item["deadline"] == asked["answer_by"], "a second message does not put the answer off"
    problem(await shop.call("GET", f"/v1/orders/{other}/conversation", token=link), 404, "not_found")
    [first, _] = [one for one in await shop.timeline(order) if one["kind"] == "message"]
    assert (first["role"], first["text"]) == ("customer", body["text"])
    for role in ("finance", "warehouse"):
        for read in ("timeline", "staff-page"):
            answer = (await shop.call("GET", f"{path}/{read}", role=role)).ok()
            assert "blue mug" not in json.dumps(answer.body), (role, read)
    maria = await colleague(shop, "maria@example.org")
    assert "Message from the customer" in (await pages_of(shop, http, maria.token, order))[""]

    reply = {"text": "Yes, both are."}
    (await shop.call("POST", f"{path}/replies", reply, role="agent", key="r")).ok()
    seen = (await shop.call("GET", f"{path}/conversation", token=link)).ok()
    assert [one["by"] for one in seen["lines"]] == ["customer", "customer", "shop"]
    assert (seen["lines"][2]["text"], seen["answer_by"]) == (reply["text"], None)
    assert await waiting(shop) == []
    await shop.until_notice(order, "reply")
    [letter] = await shop.notices(order, "reply")
    assert reply["text"] in letter["text"]
    stored = json.dumps((await shop.call("GET", f"{path}", role="agent")).ok().body)
    assert "dishwasher" not in stored


async def test_a_message_without_an_answer_goes_to_the_merchant_until_it_is_closed(shop: Shop) -> None:
    order = await shop.place()
    path, link = f"/v1/orders/{order}", await link_to(shop, order)
    (await shop.call("POST", f"{path}/messages", {"text": "Where is it?"}, token=link, key="m")).ok()
    await shop.advance_clock(hours=25)
    view = await shop.until(order, lambda view: view["attention"][0]["owner"] == "merchant")
    [item], [listed] = view["attention"], await waiting(shop)
    asked = (await shop.call("GET", f"{path}/conversation", role="agent")).ok()
    assert (listed["overdue"], listed["deadline"], listed["opened_at"]) == (
        True,
        item["overdue_since"],
        item["opened_at"],
    )
    assert (asked["overdue"], asked["answer_by"]) == (True, item["overdue_since"])
    assert item["deadline"] > item["overdue_since"], "it is asked again"
    closing = {"kind": item["kind"], "subject": item["subject"], "reason": "answered by phone"}
    (await shop.call("POST", f"{path}/attention/closings", closing, role="agent", key="c")).ok()
    assert (await shop.call("GET", f"{path}/conversation", role="agent")).ok()["answer_by"] is None


async def test_messages_are_bounded_and_only_the_orders_own_people_write_them(shop: Shop) -> None:
    order = await shop.place()
    path, link = f"/v1/orders/{order}/messages", await link_to(shop, order)
    for number in range(10):
        (await shop.call("POST", path, {"text": f"Message {number}"}, token=link, key=f"m{number}")).ok()
    refused = await shop.call("POST", path, {"text": "One more"}, token=link, key="m10")
    assert refused.reasons == ["too_many_messages"]
    for text in ("", "ab", "x" * 2001, "a\u202eb", 7):
        problem(await shop.call("POST", path, {"text": text}, token=link, key="bad"), 400, "invalid_body")
    for role in ("agent", "warehouse", "finance"):
        problem(await shop.call("POST", path, {"text": "I am staff"}, role=role, key="k"), 403, "forbidden")
