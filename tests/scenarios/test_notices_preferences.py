"""Customers' choices about notices: kept with when and how they were made, and followed. DLY-8"""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.carrier_events import shipped
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.problem_assertions import inbox
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]
DUE = datetime.fromisoformat("2026-03-08T00:00:00+00:00")
ADA = {"customer_id": "c-ada", "name": "Ada", "email": "ada@example.org", "phone": "+447700900123"}
NOON = DUE - timedelta(hours=12)


async def choose(shop: Shop, channel: str, allowed: bool, topic: str = "delivery") -> ApiResponse:
    choice = {"channel": channel, "topic": topic, "allowed": allowed}
    body = {"choices": [choice], "source": "preference_page"}
    return (await shop.call("PUT", "/v1/customers/c-ada/preferences", body)).ok()


async def allowed(shop: Shop, channel: str, topic: str = "delivery") -> bool:
    answer = (await shop.call("GET", "/v1/customers/c-ada/preferences")).ok()
    [one] = [x for x in answer["preferences"] if (x["channel"], x["topic"]) == (channel, topic)]
    result: bool = one["allowed"]
    return result


async def set_up(shop: Shop, channel: str, url: str = "mailbox:") -> str:
    secret: str = (await shop.call("PUT", f"/v1/channels/{channel}", {"url": url})).ok()["secret"]
    return secret


async def reply(
    shop: Shop, secret: str, text: str, sender: str = ADA["phone"], channel: str = "sms", **more: str
) -> ApiResponse:
    body = json.dumps({"type": "message.received", "data": {"from": sender, "text": text}}).encode()
    url = f"{shop.deployment.addresses['api']}/v1/webhooks/channels/{channel}/{shop.name}"
    headers = {"Content-Type": "application/json", **shop.standard_signature(body, secret=secret, **more)}
    async with shop.http.post(url, data=body, headers=headers) as answer:
        return ApiResponse(answer.status, await answer.json(), answer.headers)


async def test_a_choice_is_kept_with_when_and_how_and_the_last_one_counts(shop: Shop) -> None:
    assert await allowed(shop, "email")
    assert not await allowed(shop, "sms")
    await choose(shop, "email", False)
    await choose(shop, "email", False)  # sent again, no news
    answer = await choose(shop, "email", True)
    history = [(one["allowed"], one["source"], one["by"].split("/")[0]) for one in answer["history"]]
    assert history == [(False, "preference_page", "storefront"), (True, "preference_page", "storefront")]
    assert {one["at"] for one in answer["history"]} == {"2026-03-02T08:00:00Z"}
    assert await allowed(shop, "email")
    assert (await shop.call("GET", "/v1/customers/c-other/preferences")).ok()["history"] == []


async def test_a_muted_notice_is_dropped_visibly_and_notices_about_money_are_sent_anyway(shop: Shop) -> None:
    for topic in ("delivery", "returns", "money"):
        await choose(shop, "email", False, topic)
    order, _ = await shipped(shop, customer=ADA)
    await shop.set_clock(NOON)
    [notice] = await shop.notices(order)
    assert (notice["kind"], notice["status"], notice["reason"]) == ("delayed", "dropped", "muted")
    second = await shop.place(customer=ADA)
    (await shop.call("POST", f"/v1/orders/{second}/cancel", key="k")).ok()
    await shop.until(second, lambda view: view["refunded"] == view["captured"])
    await shop.set_clock(await shop.now())
    statuses = {one["kind"]: one["status"] for one in await shop.notices(second)}
    assert (statuses["order_cancelled"], statuses["refunded"]) == ("sent", "sent")


async def test_a_mail_s_link_unsubscribes_with_one_click_and_a_get_changes_nothing(shop: Shop) -> None:
    order, _ = await shipped(shop, customer=ADA)
    await shop.set_clock(NOON)
    [notice] = await shop.notices(order)
    [token] = re.findall(r"https://shop\.example/v1/unsubscribe/(\S+)", notice["text"])
    url = f"{shop.deployment.addresses['api']}/v1/unsubscribe/{token}"
    async with shop.http.get(url) as page:
        text = await page.text()
        assert (page.status, page.content_type) == (200, "text/html")
        assert '<form method="post"><button' in text
        assert "script" not in text
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert await allowed(shop, "email")
    for _ in range(2):  # mail programs and people click twice
        async with shop.http.post(url, data={"List-Unsubscribe": "One-Click"}) as done:
            assert done.status == 200
    assert not await allowed(shop, "email")
    assert await allowed(shop, "email", "money")
    history = (await shop.call("GET", "/v1/customers/c-ada/preferences")).ok()["history"]
    assert [(one["source"], one["by"]) for one in history] == [("unsubscribe_link", "customer/link")]
    for wrong in (token[:-2], "x", token.swapcase()):
        async with shop.http.post(f"{shop.deployment.addresses['api']}/v1/unsubscribe/{wrong}") as refused:
            assert refused.status == 404


async def test_a_text_goes_only_to_who_agreed_and_stop_ends_it(create_shop: CreateShop) -> None:
    shop = await create_shop(
        notices={"channels": ["sms", "email"], "per_parcel_hours": 0, "digest_minutes": 0}
    )
    secret = await set_up(shop, "sms")
    by: list[Any] = []
    for step in (lambda: None, lambda: choose(shop, "sms", True), lambda: reply(shop, secret, "Stop!")):
        if (doing := step()) is not None:
            await doing
        order = await shop.place(customer=ADA)
        number = await shop.ship(order)
        await shop.post_webhook(
            {
                "carrier": "UPS",
                "tracking_number": number,
                "estimate": {"at": (DUE + timedelta(hours=20)).isoformat()},
            }
        )
        await shop.until(order, lambda view: view["delay_notices"])
        await shop.advance_clock(hours=2)
        [notice] = await shop.notices(order)
        by.append(
            (notice["status"], notice["channel"], notice["message"].endswith("/sms"), bool(notice["text"]))
        )
    assert by == [("sent", "email", False, True), ("sent", "sms", True, True), ("sent", "email", False, True)]
    history = (await shop.call("GET", "/v1/customers/c-ada/preferences")).ok()["history"]
    assert {one["source"] for one in history} == {"preference_page", "reply"}
    assert not await allowed(shop, "sms", "money")
    assert (await reply(shop, secret, "START")).body == {"recognized": True, "customers": 1}
    assert await allowed(shop, "sms")


async def test_replies_need_the_channel_s_signature_and_a_keyword(shop: Shop) -> None:
    secret = await set_up(shop, "sms")
    await shop.place(customer=ADA)
    await choose(shop, "sms", True)
    assert (await reply(shop, shop.secrets["generic"], "STOP")).status == 401
    assert (await reply(shop, secret, "STOP", channel="whatsapp")).status == 401
    assert (await reply(shop, secret, "where is it?")).body == {"recognized": False, "customers": 0}
    nobodys = await reply(shop, secret, "STOP", sender="+15005550006")
    assert (nobodys.status, nobodys.body) == (202, {"recognized": True, "customers": 0})
    assert await allowed(shop, "sms")


SPELLINGS = (
    "447700900123", "+44 7700 900123", "00447700900123", "whatsapp:+447700900123", "sms:+44-7700-900123",
    "+44 (7700) 900 123", " +44.7700.900123",
)  # fmt: skip


async def test_stop_is_honoured_however_the_provider_spells_the_number(shop: Shop) -> None:
    secret = await set_up(shop, "sms")
    await shop.place(customer=ADA)
    for sender in SPELLINGS:
        await choose(shop, "sms", True)
        answer = await reply(shop, secret, "STOP", sender=sender)
        assert (answer.status, answer.body) == (202, {"recognized": True, "customers": 1}), sender
        assert not await allowed(shop, "sms"), sender


async def test_a_reply_that_is_delivered_again_changes_nothing(shop: Shop) -> None:
    secret = await set_up(shop, "sms")
    await shop.place(customer=ADA)
    first = await reply(shop, secret, "START", delivery="msg_start")
    await reply(shop, secret, "STOP", delivery="msg_stop")
    again = await reply(shop, secret, "START", delivery="msg_start")
    assert (again.status, again.body) == (first.status, first.body)
    assert not await allowed(shop, "sms")
    await reply(shop, secret, "START")
    assert await allowed(shop, "sms")


async def test_an_old_choice_received_late_does_not_undo_a_stop(shop: Shop) -> None:
    secret = await set_up(shop, "sms")
    await shop.place(customer=ADA)
    await reply(shop, secret, "STOP")
    choice = {"channel": "sms", "topic": "delivery", "allowed": True}
    for at in ("2025-06-01T00:00:00Z", "2099-01-01T00:00:00Z"):  # and a choice in the future is none at all
        body = {"choices": [choice], "at": at}
        answer = (await shop.call("PUT", "/v1/customers/c-ada/preferences", body)).ok()
        assert answer["history"][-1]["at"] <= "2026-03-02T08:00:00Z"
        if at.startswith("2025"):
            assert not await allowed(shop, "sms")
    await reply(shop, secret, "STOP")
    assert not await allowed(shop, "sms")


async def test_a_repeated_stop_holds_against_a_yes_in_between_that_is_received_late(shop: Shop) -> None:
    secret = await set_up(shop, "sms")
    await shop.place(customer=ADA)
    await reply(shop, secret, "STOP")
    await shop.advance_clock(hours=6)
    await reply(shop, secret, "STOP")
    yes = {
        "choices": [{"channel": "sms", "topic": "delivery", "allowed": True}],
        "at": "2026-03-02T13:00:00Z",
    }
    (await shop.call("PUT", "/v1/customers/c-ada/preferences", yes)).ok()
    assert not await allowed(shop, "sms")


async def test_a_stop_to_a_channel_that_is_switched_off_holds_when_it_is_on_again(shop: Shop) -> None:
    secret = await set_up(shop, "sms")
    await shop.place(customer=ADA)
    await choose(shop, "sms", True)
    assert (await shop.call("DELETE", "/v1/channels/sms")).status == 204
    assert (await reply(shop, secret, "STOP")).status == 202
    assert await set_up(shop, "sms") == secret
    assert not await allowed(shop, "sms")


@pytest.mark.parametrize(
    "sender", ["", "Ada", "+", "12345", "+44770090012345678", "tel:+447700900123x", "+44٧٧00900123"]
)
async def test_a_reply_from_what_is_no_number_changes_nothing_and_is_kept(shop: Shop, sender: str) -> None:
    secret = await set_up(shop, "sms")
    answer = await reply(shop, secret, "STOP", sender=sender)
    assert (answer.status, answer.body) == (202, {"recognized": False, "customers": 0})
    [(status, reason)] = inbox(shop)
    assert (status, reason.split(":")[0]) == ("dead", "body.data.from")


@pytest.mark.parametrize(
    ("channel", "url", "reason"),
    [
        ("sms", "twilio://account:token@+447700900000", "no_recipient_placeholder"),
        ("sms", "no url {to}", "unreadable"),
        ("webhook", "ftp://shop.example/", "scheme"),
    ],
)
async def test_a_channel_that_leads_nowhere_is_refused(
    shop: Shop, channel: str, url: str, reason: str
) -> None:
    answer = await shop.call("PUT", f"/v1/channels/{channel}", {"url": url})
    assert (answer.status, answer["code"], answer["reason"]) == (422, "url_refused", reason)


async def test_channels_are_listed_without_where_they_lead_and_removed(shop: Shop) -> None:
    first = await set_up(shop, "sms", "json://user:secret@127.0.0.1/{to}")
    assert await set_up(shop, "sms") == first, "a new address keeps the secret"
    assert (await shop.call("GET", "/v1/channels")).ok().body == {"items": [{"channel": "sms"}], "next": None}
    assert (await shop.call("PUT", "/v1/channels/email", {"url": "mailbox:"})).status == 404
    test = "/v1/channels/sms/test"
    tried = await shop.call("POST", test, {"to": "+447700900123"})
    assert tried.ok().body == {"outcome": "accepted", "answer": None}, "a sandbox sends nothing"
    for _ in range(2):
        (await shop.call("POST", test, {"to": "+447700900123"}, key="once")).ok()
    again = await shop.call("POST", test, {"to": "+447700900124"}, key="once")
    assert (again.status, again["code"]) == (422, "idempotency_key_reused")
    lines = (await shop.call("GET", "/v1/audit?limit=100", role="admin")).ok()["items"]
    assert [one["action"] for one in lines].count("channel_tested") == 2
    mail = await shop.call("POST", "/v1/channels/email/test", {"to": "a@b.example, c@d.example"})
    assert (mail.status, mail["code"]) == (422, "refused")
    assert (await shop.call("POST", "/v1/channels/push/test", {"to": "cus_1"})).status == 404
    assert (await shop.call("POST", test, {"to": "+447700900123"}, role="agent")).status == 403
    assert (await shop.call("DELETE", "/v1/channels/sms")).status == 204
    assert (await shop.call("DELETE", "/v1/channels/sms")).status == 404


@pytest.mark.parametrize("phone", ["07700900123", "+44 7700 900123", "+0447700900123", "+4", "+1" + "2" * 15])
async def test_a_phone_number_is_international_or_refused(shop: Shop, phone: str) -> None:
    answer = await shop.call("POST", "/v1/orders", await shop.order_body(customer={**ADA, "phone": phone}))
    assert (answer.status, answer["code"]) == (400, "invalid_body")


async def test_the_operators_channel_is_set_up_without_a_url_where_there_is_one(shop: Shop) -> None:
    answer = await shop.call("PUT", "/v1/channels/sms", {})
    assert (answer.status, answer["code"], answer["reason"]) == (422, "url_refused", "no_shared_channel")
    webhook = await shop.call("PUT", "/v1/channels/webhook", {})
    assert (webhook.status, webhook["reason"]) == (422, "no_shared_channel")


Form = Sequence[tuple[str, str]]


async def visit(shop: Shop, page: str, form: Form | None = None) -> tuple[int, str]:
    """The page in a browser without script and without a key, or after its form."""
    url, method = shop.deployment.addresses["api"] + page, "GET" if form is None else "POST"
    async with shop.http.request(method, url, data=form) as answer:
        return answer.status, (await answer.text()).replace("\u00a0", " ")


def as_shown(page: str) -> list[tuple[str, str]]:
    """The fields that a browser sends when nothing on the form was touched."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    boxes = re.findall(r'<input type="checkbox" name="(\w+)" value="([^"]*)" checked>', page)
    [language] = re.findall(r'<option value="([^"]*)" selected>', page)
    return [*hidden, *boxes, ("language", language)]


async def test_a_customer_chooses_on_a_page_and_what_was_switched_off_meanwhile_stays_off(shop: Shop) -> None:
    secret = await set_up(shop, "sms")
    order = await shop.place(customer=ADA)
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    page = f"/o/{token}/preferences"
    status, first = await visit(shop, page)
    form = as_shown(first)
    ticked = {value for name, value in form if name == "allowed"}
    assert (status, ticked) == (200, {"email.delivery", "email.returns", "email.money"})
    assert "sms.delivery" in first, "the shop has text messages and the customer a number"
    assert "whatsapp." not in first
    assert (await visit(shop, page, form))[0] == 200
    assert (await shop.call("GET", "/v1/customers/c-ada/preferences")).ok()["history"] == []
    agreed = [*form, ("allowed", "sms.delivery")]
    agreed.remove(("allowed", "email.returns"))
    _, shown = await visit(shop, page, agreed)
    agreed_on, off_on = (
        re.findall(f"You {did} on ([^<]+)", shown) for did in ("agreed to it", "switched it off")
    )
    assert [("2 March" in day, "2026" in day) for day in agreed_on + off_on] == [(True, True)] * 2
    assert [await allowed(shop, "sms"), await allowed(shop, "email", "returns")] == [True, False]
    await reply(shop, secret, "STOP")
    await visit(shop, page, as_shown(shown))
    assert not await allowed(shop, "sms"), "a form from before the STOP does not undo it"
    history = (await shop.call("GET", "/v1/customers/c-ada/preferences")).ok()["history"]
    assert ("preference_page", "customer/page") in {(one["source"], one["by"]) for one in history}


async def test_a_language_that_is_chosen_on_the_page_is_that_of_pages_and_letters(shop: Shop) -> None:
    order, _ = await shipped(shop, customer=ADA)
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    form = [(name, value) for name, value in as_shown((await visit(shop, f"/o/{token}/preferences"))[1])]
    form = [*(field for field in form if field[0] != "language"), ("language", "de")]
    _, shown = await visit(shop, f"/o/{token}/preferences", form)
    assert '<html lang="de' in shown
    assert (await shop.call("GET", "/v1/customers/c-ada/preferences")).ok()["language"] == "de"
    await shop.set_clock(NOON)
    [notice] = await shop.notices(order)
    assert notice["text"].startswith("Guten Tag Ada")
    assert (await visit(shop, f"/o/{token[:-2]}/preferences"))[0] == 404
