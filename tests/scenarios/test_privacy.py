"""Persons demand their data: requests are written down with a deadline, decided by an admin, and carried out for good."""

import json
import secrets
from typing import Any

import pytest

from runtime.admin import privacy
from runtime.admin.verify_privacy import search_deployment
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp
from tests.scenarios.people_of_a_shop import colleague
from tests.scenarios.problem_assertions import eventually, problem
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import SECRET, ShopifyShop, an_order

REASON = {"reason": "she wrote to us and proved who she is"}


def _customer(**changed: Any) -> dict[str, Any]:
    token = secrets.token_hex(5)
    return {
        "customer_id": f"c-{token}",
        "name": f"Qz{token} Testowa",
        "email": f"qz-{token}@example.org",
        "phone": f"+4477{secrets.randbelow(10**8):08}",
        **changed,
    }


async def _request(shop: Shop, kind: str, **person: Any) -> Any:
    body = {"kind": kind, "person": person}
    return (await shop.call("POST", "/v1/privacy/requests", body, role="admin")).ok().body


async def _request_of(shop: Shop, request: str) -> Any:
    return (await shop.call("GET", f"/v1/privacy/requests/{request}", role="admin")).ok().body


async def _done(shop: Shop, request: str) -> Any:
    async def find() -> Any:
        return (await shop.call("GET", f"/v1/privacy/requests/{request}", role="admin")).ok().body

    await eventually(lambda: _state(shop, request) == "done", PATIENCE)
    return await find()


def _state(shop: Shop, request: str) -> str:
    return str(shop.deployment.rows("SELECT status FROM privacy_requests WHERE id = ?", request)[0][0])


async def test_a_person_is_erased_and_the_order_goes_on_without_letters(shop: Shop) -> None:
    ada, bob = _customer(), _customer()
    order, other = await shop.place(customer=ada), await shop.place(customer=bob)
    await shop.place(customer=_customer(email=ada["email"], phone=bob["phone"]))
    number = await shop.ship(order)
    hers, his = await _link(shop, order), await _link(shop, other)
    before = await _request(shop, "access", customer_id=ada["customer_id"], email=ada["email"])
    by_phone = await _request(shop, "access", phone=ada["phone"])
    of_both = await _request(shop, "access", phone=bob["phone"])
    request = await _request(shop, "erasure", email=ada["email"].upper())
    assert (request["state"], request["orders"], request["open_orders"]) == ("open", 2, 2)
    path = f"/v1/privacy/requests/{request['id']}"
    assert (await shop.call("POST", f"{path}/approvals", REASON, role="admin")).ok().body[
        "state"
    ] == "running"
    done = await _done(shop, request["id"])
    assert done["person"] is None
    earlier = (await shop.call("GET", f"/v1/privacy/requests/{before['id']}", role="admin")).ok().body
    assert (earlier["state"], earlier["person"]) == ("open", None), "it named the person too"
    kept = [await _request_of(shop, one["id"]) for one in (by_phone, of_both)]
    assert [one["person"] is None for one in kept] == [True, False], "the other number is also his"
    assert done["erased"] == {"persons": 2, "orders": 2, "deliveries": done["erased"]["deliveries"]}
    assert {(await _contact(shop, order))[name] for name in ("name", "email")} == {"erased person"}
    assert [(await _contact(shop, one))["erased"] for one in (order, other)] == [True, False]
    staff = await colleague(shop, f"{ada['customer_id']}@agents.example")
    console = [await _page(shop, f"/agents/orders/{one}", staff.token) for one in (order, other)]
    assert ["Erased person: no letter leaves" in text for _, text in console] == [True, False]
    note = {"text": "the parcel waits at the depot"}
    (await shop.call("POST", f"/v1/orders/{order}/notes", note, role="agent", key="after")).ok()
    [line] = await shop.timeline(order, "note")
    assert line["text"] == note["text"], "staff still work on the order"
    keys_left = "SELECT COUNT(*) FROM person_keys WHERE customer = (SELECT customer FROM orders WHERE id = ?)"
    assert shop.deployment.rows(keys_left, order) == [(0,)], "no key of the erased person is made again"
    assert (await _contact(shop, other))["email"] == bob["email"]
    assert (await _found(shop, ada["email"]), await _found(shop, bob["email"])) == ([], [other])
    for page in (f"/o/{hers}", f"/o/{hers}/letters", f"/o/{hers}/preferences", f"/r/{hers}"):
        status, text = await _page(shop, page)
        assert (status, "Your data were erased" in text) == (410, True), page
    assert (await _page(shop, f"/o/{his}"))[0] == 200
    letters = shop.deployment.rows("SELECT COUNT(*) FROM letters WHERE merchant = ?", shop.name)
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    assert shop.deployment.rows("SELECT COUNT(*) FROM letters WHERE merchant = ?", shop.name) == letters
    await _comment(shop, order, "I am Ada")
    assert len(_keys(shop)) == 1, "a comment of hers would be kept with a key that no request destroys"
    actions = shop.deployment.rows(
        'SELECT action FROM audit WHERE merchant = ? AND "order" = ?', shop.name, order
    )
    assert ("person_erased",) in actions


async def _comment(shop: Shop, order: str, text: str) -> None:
    """Answer the question of the delivery by its old link: the score is kept."""
    asked = (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok()["open"]
    url = shop.deployment.addresses["api"] + asked["page"]
    for form in ({"score": "4"}, {"comment": text}):
        async with shop.http.post(url, data=form) as answer:
            assert answer.status == 200
    assert [
        one["score"] for one in (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok()["answers"]
    ] == [4]


def _keys(shop: Shop) -> list[tuple[str]]:
    """The customers who have a key."""
    query = "SELECT customer FROM person_keys WHERE merchant = ? AND customer LIKE 'cus_%'"
    return [(str(row[0]),) for row in shop.deployment.rows(query, shop.name)]


async def _link(shop: Shop, order: str) -> str:
    return str((await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"])


async def _page(shop: Shop, path: str, session: str = "") -> tuple[int, str]:
    headers = {"Cookie": f"smot_session={session}"}
    async with shop.http.get(shop.deployment.addresses["api"] + path, headers=headers) as answer:
        return answer.status, await answer.text()


async def _contact(shop: Shop, order: str) -> Any:
    answer = await shop.call("GET", f"/v1/orders/{order}?include=customer", role="agent")
    return answer.ok().body["customer"]


async def _found(shop: Shop, email: str) -> list[str]:
    answer = await shop.call("GET", f"/v1/orders?email={email.replace('@', '%40')}", role="agent")
    return [view["order"] for view in answer.ok().body["items"]]


async def test_only_an_admin_decides_and_a_decided_request_stays(shop: Shop) -> None:
    request = await _request(shop, "erasure", phone="+447700900123")
    path = f"/v1/privacy/requests/{request['id']}"
    problem(await shop.call("POST", f"{path}/approvals", REASON, role="senior_agent"), 403, "forbidden")
    refused = (await shop.call("POST", f"{path}/refusals", REASON, role="admin")).ok().body
    assert (refused["state"], refused["reason"]) == ("refused", REASON["reason"])
    assert (await shop.call("POST", f"{path}/approvals", REASON, role="admin")).ok().body == refused
    problem(
        await shop.call("POST", "/v1/privacy/requests/prq_x/approvals", REASON, role="admin"),
        404,
        "not_found",
    )
    listed = (await shop.call("GET", "/v1/privacy/requests?state=refused", role="admin")).ok().body
    assert listed == {"items": [refused], "next": None}
    empty = {"kind": "erasure", "person": {}}
    problem(await shop.call("POST", "/v1/privacy/requests", empty, role="admin"), 400, "invalid_body")


async def test_shopify_demands_are_carried_out_once(shop: Shop, deployment: Deployment) -> None:
    shopify = ShopifyShop(shop)
    await shopify.sign_with(SECRET)
    token = secrets.token_hex(5)
    order = an_order(email=f"qz-{token}@example.org", note=f"qz-note-{token}")
    await shopify.send("orders/paid", order)
    await shopify.until_processed()
    demand = {
        "shop_id": 1,
        "shop_domain": "second-moment.myshopify.com",
        "customer": {"id": order["customer"]["id"], "email": order["email"], "phone": "555-1199"},
        "orders_requested": [order["id"]],
        "data_request": {"id": 9},
    }
    await shopify.send("customers/data_request", demand)
    await shopify.send("customers/redact", demand)  # the bytes of another topic erase nothing
    redact = {name: demand[name] for name in ("shop_id", "shop_domain", "customer")}
    raw = json.dumps({**redact, "orders_to_redact": [order["id"]]}).encode()
    headers = shopify.headers("customers/redact", raw)
    for _ in range(2):
        assert (await shopify.raw(raw, headers)).status == 202
    await shopify.send("shop/redact", {"shop_id": 1, "shop_domain": "second-moment.myshopify.com"})
    await shopify.until_processed()
    query = "SELECT kind, scope, status FROM privacy_requests WHERE merchant = ? ORDER BY kind, scope"
    await eventually(
        lambda: (
            deployment.rows(query, shop.name)
            == [("access", "person", "open"), ("erasure", "person", "done"), ("erasure", "shop", "open")]
        )
    )
    kept = "SELECT topic, LENGTH(body) FROM inbox WHERE merchant = ? ORDER BY id"
    sizes = dict(deployment.rows(kept, shop.name))
    assert (sizes["orders/paid"], sizes["customers/redact"], sizes["shop/redact"]) == (0, 0, 0)
    texts = deployment.data.parent / "planted.txt"
    texts.write_text(f"qz-{token}@example.org\nqz-note-{token}\n")
    found, _ = await search_deployment(Settings(data=deployment.data), texts, [])
    assert found == []


async def test_a_person_gets_all_that_is_kept_of_them_and_of_no_other(shop: Shop) -> None:
    ada, bob = _customer(), _customer()
    order = await shop.place(customer=ada)
    await shop.place(customer=bob)
    await shop.ship(order)
    note = {"text": f"{ada['name']} called twice"}
    (await shop.call("POST", f"/v1/orders/{order}/notes", note, role="agent", key=order)).ok()
    words = {"text": "I withdraw from all of it."}
    (await shop.call("POST", f"/v1/orders/{order}/withdrawals", words, key=order)).ok()
    request = await _request(shop, "access", customer_id=ada["customer_id"])
    path = f"/v1/privacy/requests/{request['id']}"
    items, cursor = [], ""
    while cursor is not None:
        page = (
            (await shop.call("GET", f"{path}/data{cursor and f'?cursor={cursor}'}", role="admin")).ok().body
        )
        items += page["items"]
        cursor = page["next"]
    [kept] = [one["data"] for one in items if one["section"] == "orders"]
    assert kept["customer"] == {"name": ada["name"], "email": ada["email"], "phone": ada["phone"]}
    assert note["text"] in json.dumps(kept["audit"])
    [stated] = [one["data"] for one in items if one["section"] == "statements"]
    assert (stated["text"], stated["name"], stated["order"]) == (words["text"], ada["name"], order)
    assert bob["email"] not in json.dumps(items)
    problem(await shop.call("GET", f"{path}/data?cursor=x", role="admin"), 400, "invalid_query")
    problem(await shop.call("GET", f"{path}/data", role="senior_agent"), 403, "forbidden")
    assert (await shop.call("POST", f"{path}/approvals", REASON, role="admin")).ok().body["state"] == "done"


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_command_line_gives_and_erases(shop: Shop) -> None:
    ada, settings = _customer(), Settings(data=shop.deployment.data)
    await shop.place(customer=ada)
    person = privacy.identity(ada["email"], None, None, [])
    given = [item.model_dump_json() async for item in privacy.exported(settings, shop.name, person)]
    assert any(ada["name"] in item for item in given)
    made = await privacy.make_erasure(settings, shop.name, person)
    done = await privacy.carry_out(settings, shop.name, made.id, REASON["reason"])
    assert (done.state, done.erased.persons, done.erased.orders) == ("done", 1, 1)
    assert [one.id for one in await privacy.requests(settings, shop.name)] == [made.id]
    with pytest.raises(CommandFailed):
        privacy.identity("no address", None, None, [])
    with pytest.raises(CommandFailed):
        await privacy.requests(settings, "nowhere")


async def test_a_merchant_sets_how_long_data_are_kept_within_bounds(shop: Shop) -> None:
    async def publish(**retention: Any) -> Any:
        return await shop.call(
            "POST", f"/v1/merchants/{shop.name}/policies", {"policy": {"retention": retention}}, role="admin"
        )

    async def days() -> dict[str, int | None]:
        rules = (await shop.call("GET", "/v1/retention", role="admin")).ok().body
        return {rule["kind"]: rule["days"] for rule in rules["items"]}

    default = {"messages": 60, "dead_messages": 90, "answers": 60, "webhook_events": 60, "persons": None}
    assert await days() == default
    problem(await publish(messages=6), 400, "invalid_body")
    problem(await publish(dead_messages=366), 400, "invalid_body")
    assert await days() == default
    problem(await publish(persons=89), 400, "invalid_body")  # messages about them are kept for 90 days
    (await publish(messages=14, dead_messages=30)).ok()
    assert await days() == {**default, "messages": 14, "dead_messages": 30}
    platform = await shop.call("GET", "/v1/retention", token=shop.deployment.admin_key)
    problem(platform, 403, "forbidden")


async def test_the_night_erases_persons_whose_orders_ended_long_ago(shop: Shop) -> None:
    """One is gone long enough, one has bought again, one has store credit that is left."""
    settings, ada, bob, eve = shop.deployment.settings, _customer(), _customer(), _customer()
    policy = {"retention": {"persons": 90}, "window": 1, "unshipped_days": 1}
    body = {"policy": policy}
    (await shop.call("POST", f"/v1/merchants/{shop.name}/policies", body, role="admin")).ok()
    ended = [await shop.delivered(customer=one) for one in (ada, bob, eve)]
    grant = {"amount": gbp(100), "reason": "sorry", "reference": "r-1", "direction": "increase"}
    credit = f"/v1/customers/{eve['customer_id']}/credit/adjustments"
    (await shop.call("POST", credit, grant, role="finance", key="r-1")).ok()
    await shop.advance_clock(days=30)
    for order in ended:
        await shop.until(order, lambda view: view["stage"] == "closed")
    first = await privacy.retention(settings, shop.name, run=True)
    assert first.last_run is not None
    assert first.last_run.deleted.persons == 0, "too early"
    await shop.advance_clock(days=91)
    await shop.place(customer=bob)
    for _ in range(2):
        await privacy.retention(settings, shop.name, run=True)
    told = (await shop.call("GET", "/v1/retention", role="admin")).ok().body["last_run"]["deleted"]
    assert told["persons"] == 1, "and the second run has erased nobody"
    assert [len(await _found(shop, one["email"])) for one in (ada, bob, eve)] == [0, 2, 1]
    kept = "SELECT COUNT(*) FROM person_keys WHERE merchant = ? AND erased_at IS NOT NULL"
    assert shop.deployment.rows(kept, shop.name) == [(1,)], "one key is destroyed"
    audit = 'SELECT action, role FROM audit WHERE merchant = ? AND "order" = ? ORDER BY id DESC LIMIT 1'
    assert shop.deployment.rows(audit, shop.name, ended[0]) == [("person_erased", "system")]


async def test_a_request_is_a_question_to_people_from_a_week_before_its_deadline(shop: Shop) -> None:
    async def open_requests() -> list[Any]:
        path = "/v1/attention?kind=privacy_request"
        return list((await shop.call("GET", path, role="agent")).ok().body["items"])

    request = await _request(shop, "access", email="nobody@example.org")
    await shop.advance_clock(days=22)
    assert await open_requests() == []
    await shop.advance_clock(days=2)
    [question] = await open_requests()
    assert (question["subject"], question["deadline"]) == (request["id"], request["due_at"])
    assert not question["overdue"]
    await shop.advance_clock(days=7)
    assert [one["overdue"] for one in await open_requests()] == [True]
    path = f"/v1/privacy/requests/{request['id']}/refusals"
    (await shop.call("POST", path, REASON, role="admin")).ok()
    assert await open_requests() == []
