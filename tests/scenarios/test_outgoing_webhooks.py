"""Webhooks to a shop's own systems: signed, in sequence, under one id, for any answer of the receiver."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.adapters.webhook_receiver import WebhookReceiver, hang, reset_connection, respond_with
from tests.patience import PATIENCE
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.paused_deployment import PausedDeployment
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

ENDPOINTS = "/v1/webhook-endpoints"


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver.running() as receiver:
        yield receiver


async def create_endpoint(shop: Shop, receiver: WebhookReceiver, path: str = "/hooks", *events: str) -> str:
    """An endpoint at that path of the receiver, which knows its secret."""
    body = {"url": receiver.base + path, "events": [*events]}
    created = (await shop.call("POST", ENDPOINTS, body)).ok()
    receiver.secrets[path] = created["secret"]
    return f"{ENDPOINTS}/{created['endpoint']}"


def types(received: list[dict[str, Any]]) -> list[str]:
    return [one["event"]["type"] for one in received]


async def deliveries(shop: Shop, endpoint: str, **query: str) -> list[dict[str, Any]]:
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    rows: list[dict[str, Any]] = (await shop.call("GET", f"{endpoint}/deliveries?{parameters}")).ok()["items"]
    return rows


async def until_delivery(shop: Shop, endpoint: str, status: str, seconds: float = PATIENCE) -> dict[str, Any]:
    """The endpoint's newest delivery, once one has that status."""
    async with asyncio.timeout(seconds):
        while not (rows := await deliveries(shop, endpoint, status=status)):
            await asyncio.sleep(0.05)
    return rows[0]


async def test_events_of_an_order_come_in_order_and_name_no_person(
    shop: Shop, receiver: WebhookReceiver
) -> None:
    await create_endpoint(shop, receiver)
    order = await shop.delivered()
    opened = (await shop.open(order, item())).ok()
    await shop.drop_off(opened)
    await shop.paid(order, opened["return"]["return_id"])
    received = await receiver.until("/hooks", lambda received: "payment.settled" in types(received))
    assert all(one["verified"] for one in received)
    expected = [
        "order.placed", "parcel.registered", "parcel.updated", "order.delivered",
        "return.opened", "return.dropped_off", "payment.settled",
    ]  # fmt: skip
    assert [one for one in types(received) if one in expected] == expected
    versions = [one["event"]["data"]["seq"] for one in received]
    assert versions == sorted(versions)
    assert len({one["id"] for one in received}) == len(received)
    assert {one["event"]["data"]["order"] for one in received} == {order}
    text = json.dumps([one["event"] for one in received], ensure_ascii=False)
    for personal in ("Zdzisława", "zdzislawa", "@example.org", "N1 9GU"):
        assert personal not in text


async def test_a_sent_notice_is_an_event(shop: Shop, receiver: WebhookReceiver) -> None:
    await create_endpoint(shop, receiver, "/hooks", "notice.sent", "delay.detected")
    order = await shop.place()
    await shop.ship(order)
    await shop.advance_clock(days=5)
    received = await receiver.until("/hooks", lambda received: "notice.sent" in types(received))
    assert types(received) == ["delay.detected", "notice.sent"]
    assert received[1]["event"]["data"]["notice"]["kind"] == "delayed"


async def test_a_failing_endpoint_is_retried_under_the_same_id_and_delays_no_other(
    shop: Shop, receiver: WebhookReceiver
) -> None:
    """The second try comes after five seconds."""
    bad = {
        "/broken": respond_with(500, 204),
        "/moved": respond_with(302, 204),
        "/never": hang,
        "/resets": reset_connection,
    }
    receiver.paths = dict(bad)
    endpoints = {path: await create_endpoint(shop, receiver, path, "order.placed") for path in bad}
    good = await create_endpoint(shop, receiver, "/good")
    await shop.place()
    await receiver.until("/good", bool)
    assert (await until_delivery(shop, good, "delivered"))["attempts"] == 1
    for path in bad:
        await receiver.until(path, bool)
    receiver.paths = {}
    for path, endpoint in endpoints.items():
        last = await until_delivery(shop, endpoint, "delivered", 40)
        received = receiver.received_at(path)
        assert (last["attempts"], len(received)) == (2, 2), path
        assert {one["id"] for one in received} == {last["event"]}
        assert all(one["verified"] for one in received)
    shown = (await shop.call("GET", endpoints["/moved"])).ok()
    assert (shown["queued"], shown["dead"], shown["failures"]) == (0, 0, 0)


async def test_an_order_s_later_events_wait_for_its_first_and_other_orders_do_not(
    shop: Shop, receiver: WebhookReceiver
) -> None:
    receiver.paths["/hooks"] = respond_with(429, 204, **{"Retry-After": "3600"})
    endpoint = await create_endpoint(shop, receiver)
    one = await shop.place()
    await receiver.until("/hooks", bool)
    await shop.ship(one)
    other = await shop.place()
    received = await receiver.until("/hooks", lambda received: len(received) == 2)
    assert [each["event"]["data"]["order"] for each in received] == [one, other]
    waiting = await deliveries(shop, endpoint, order=one)
    assert [(each["type"], each["status"], each["attempts"]) for each in waiting] == [
        ("parcel.registered", "queued", 0),
        ("order.placed", "queued", 1),
    ]


async def test_an_endpoint_that_is_gone_receives_nothing_until_it_is_enabled(
    shop: Shop, receiver: WebhookReceiver
) -> None:
    receiver.paths["/hooks"] = respond_with(410)
    endpoint = await create_endpoint(shop, receiver)
    order = await shop.place()
    dead = await until_delivery(shop, endpoint, "dead")
    assert (dead["reason"], dead["last_status"]) == ("endpoint_gone", 410)
    shown = (await shop.call("GET", endpoint)).ok()
    assert (shown["status"], shown["reason"]) == ("disabled", "gone")
    await shop.ship(order)
    receiver.paths = {}
    assert (await shop.call("PATCH", endpoint, {"status": "active"})).ok()["status"] == "active"
    assert (await shop.call("POST", endpoint + "/replay", {"dead": True})).ok()["queued"] == 1
    taken = await until_delivery(shop, endpoint, "delivered")
    assert taken["event"] == dead["event"]
    assert types(receiver.received_at("/hooks")) == ["order.placed", "order.placed"]


async def test_while_paused_events_wait_and_come_in_order_when_it_resumes(
    shop: Shop, receiver: WebhookReceiver
) -> None:
    endpoint = await create_endpoint(shop, receiver)
    (await shop.call("PATCH", endpoint, {"status": "paused"})).ok()
    order = await shop.place()
    await shop.ship(order)
    shown = (await shop.call("GET", endpoint)).ok()
    assert (shown["status"], shown["queued"]) == ("paused", 2)
    assert receiver.received == []
    (await shop.call("PATCH", endpoint, {"status": "active"})).ok()
    received = await receiver.until("/hooks", lambda received: len(received) == 2)
    assert types(received) == ["order.placed", "parcel.registered"]


async def test_a_replaced_secret_signs_beside_the_new_one_until_it_is_ended(
    shop: Shop, receiver: WebhookReceiver
) -> None:
    endpoint = await create_endpoint(shop, receiver, "/hooks", "order.placed")
    old = receiver.secrets["/hooks"]
    new = (await shop.call("POST", endpoint + "/rotate")).ok()["secret"]
    await shop.place()
    [received] = await receiver.until("/hooks", bool)
    assert (received["verified"], len(received["signatures"])) == (True, 2)
    newest = (await shop.call("POST", endpoint + "/rotate", {"hours": 0})).ok()["secret"]
    receiver.secrets["/hooks"] = newest
    await shop.place()
    received = (await receiver.until("/hooks", lambda received: len(received) == 2))[1]
    assert (received["verified"], len(received["signatures"])) == (True, 1)
    assert len({old, new, newest}) == 3


async def test_delivered_events_are_replayed_on_request(shop: Shop, receiver: WebhookReceiver) -> None:
    endpoint = await create_endpoint(shop, receiver)
    order = await shop.place()
    await shop.ship(order)
    await shop.place()
    first = await receiver.until("/hooks", lambda received: len(received) == 3)
    ids = [one["id"] for one in first if one["event"]["data"]["order"] == order]
    order_id = next(
        one["event"]["data"]["order_id"] for one in first if one["event"]["data"]["order"] == order
    )

    async def noted() -> bool:
        return len(await deliveries(shop, endpoint, status="delivered")) == 3

    async with asyncio.timeout(20):
        while not await noted():
            await asyncio.sleep(0.05)
    key = "replay-once"
    for _ in range(2):
        answer = await shop.call("POST", endpoint + "/replay", {"order": order_id}, key=key)
        assert answer.ok()["queued"] == 2
    again = await receiver.until("/hooks", lambda received: len(received) == 5)
    assert [one["id"] for one in again[3:]] == ids
    assert (await shop.call("POST", endpoint + "/replay", {})).body["code"] == "invalid_body"
    assert (await shop.call("POST", endpoint + "/replay", {"order": "unknown"})).status == 404


async def test_a_ping_returns_at_once_what_the_receiver_answers(
    shop: Shop, receiver: WebhookReceiver
) -> None:
    endpoint = await create_endpoint(shop, receiver)
    pinged = (await shop.call("POST", endpoint + "/test")).ok()
    [received] = receiver.received_at("/hooks")
    assert (pinged["accepted"], pinged["status"], pinged["event"]) == (True, 204, received["id"])
    assert (received["verified"], received["event"]["type"]) == (True, "ping")
    receiver.paths["/hooks"] = respond_with(403)
    refused = (await shop.call("POST", endpoint + "/test")).ok()
    assert (refused["accepted"], refused["status"], refused["reason"]) == (False, 403, "status_403")
    assert refused["event"] == receiver.received_at("/hooks")[1]["id"]


async def test_endpoints_belong_to_one_shop_and_are_shown_without_secrets(
    shop: Shop, receiver: WebhookReceiver, deployment: Any, http: Any
) -> None:
    endpoint = await create_endpoint(shop, receiver)
    other = await Shop.create(deployment, http)
    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None), ("PATCH", "", {"status": "paused"}), ("DELETE", "", None), ("POST", "/rotate", None),
        ("GET", "/deliveries", None), ("POST", "/replay", {"dead": True}), ("POST", "/test", None),
    ]  # fmt: skip
    for method, path, body in calls:
        assert (await other.call(method, endpoint + path, body)).status == 404, path
        assert (await shop.call(method, endpoint + path, body, role="agent")).status == 403, path
    assert (await other.call("GET", ENDPOINTS)).ok()["items"] == []
    [listed] = (await shop.call("GET", ENDPOINTS)).ok()["items"]
    assert "secret" not in listed
    assert (await shop.call("DELETE", endpoint)).status == 204
    assert (await shop.call("GET", endpoint)).status == 404


async def test_bad_requests_are_refused_with_problems(shop: Shop, receiver: WebhookReceiver) -> None:
    url = receiver.base + "/hooks"
    bad: list[Any] = [
        {},
        {"url": url, "events": ["no.such"]},
        {"url": ""},
        {"url": url, "secret": "mine"},
        {"url": 7},
    ]
    for body in bad:
        assert (await shop.call("POST", ENDPOINTS, body)).body["code"] == "invalid_body", body
    refused = await shop.call("POST", ENDPOINTS, {"url": "ftp://127.0.0.1/"})
    assert (refused.status, refused.body["code"], refused.body["reason"]) == (422, "url_refused", "scheme")
    answers = [await shop.call("POST", ENDPOINTS, {"url": url}, key=f"k{number}") for number in range(11)]
    assert [answer.status for answer in answers] == [201] * 10 + [409]
    assert answers[10].body["code"] == "too_many_endpoints"
    again = await shop.call("POST", ENDPOINTS, {"url": url}, key="k0")
    assert again.body == answers[0].body


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://93.184.216.34/", "scheme"),
        ("https://127.0.0.1/", "address_not_public"),
        ("https://169.254.169.254/latest/meta-data/", "address_not_public"),
        ("https://[::ffff:10.0.0.1]/", "address_not_public"),
        ("https://localhost/", "address_not_public"),
        ("https://2130706433/", "host"),
        ("https://me:secret@93.184.216.34/", "user_info"),
        ("https://93.184.216.34:22/", "port"),
    ],
)
async def test_by_default_webhooks_go_to_the_public_internet_only(
    paused_deployment: PausedDeployment, http: Any, url: str, reason: str
) -> None:
    """Nothing is connected to: the addresses are judged as written, or as this machine resolves them."""
    shop = await Shop.create(paused_deployment, http)
    answer: ApiResponse = await shop.call("POST", ENDPOINTS, {"url": url})
    assert (answer.status, answer.body["code"], answer.body["reason"]) == (422, "url_refused", reason)
    assert (await shop.call("GET", ENDPOINTS)).ok()["items"] == []
