"""Agents read, decide, hold, extend and reopen: the same rules, another verdict, with the actor and a reason."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from html import escape
from typing import Any

import pytest

from tests.scenarios.helpers import ApiResponse, because, gbp, item
from tests.scenarios.people_of_a_shop import colleague, page_of
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

MACRO = {"name": "Broken seal", "text": "The seal of order {order} is broken."}
CreateShop = Callable[..., Awaitable[Shop]]
DEAR = [{"line_id": "tv", "sku": "TV", "title": "Television", "quantity": 2, "unit_price": gbp(60_000)}]


async def in_review(shop: Shop) -> tuple[str, str, ApiResponse]:
    """A high-value return that waits for an agent: its order, its payment, and its customer's answer."""
    order, payment = await shop.bought(lines=DEAR)
    quote = (await shop.quote(order, item("tv"))).ok()
    assert (quote["verdict"], quote.reasons) == ("needs_agent", ["value_needs_review"])
    opened = await shop.open(order, item("tv"), quote=quote["token"])
    assert opened.status == 202
    assert (opened["verdict"], opened["reasons"]) == (
        "needs_agent",
        [because("value_needs_review", {"refund": 60_000, "limit": 50_000})],
    )
    assert (opened["return"]["status"], opened["code"]) == ("in_review", None)
    return order, payment, opened


def kinds(notices: list[dict[str, Any]]) -> list[str]:
    return [notice["kind"] for notice in notices]


def hidden_fields(page: str) -> dict[str, str]:
    """Of the form on a page."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


async def customers_page(shop: Shop, order: str) -> str:
    """As the customer's link shows it."""
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    async with shop.http.get(f"{shop.deployment.addresses['api']}/o/{token}") as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_high_value_return_waits_for_an_agent_who_approves_it(shop: Shop) -> None:
    order, payment, opened = await in_review(shop)
    return_id = opened["return"]["return_id"]
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["owner"], question["default"]) == ("review", "agent", "approve")
    assert datetime.fromisoformat(question["deadline"]) == START + timedelta(hours=48)
    [grounds] = (await shop.call("GET", f"/v1/orders/{order}/staff-page", role="agent")).ok()["grounds"]
    assert [(one["title"], one["units"], one["reason"]) for one in grounds["items"]] == [
        ("Television", 1, "unwanted")
    ]
    [why] = grounds["review"]
    assert (why["code"], why["details"]) == ("value_needs_review", {"refund": 60_000, "limit": 50_000})
    maria = await colleague(shop, "maria@example.org")
    for path in ("/agents", f"/agents/orders/{order}"):
        _, shown = await page_of(maria, path)
        assert "£600.00 is more than the limit of £500.00." in shown
        assert "<q>not wanted any more</q>" in shown
    for said in (
        "back on the card.",
        "Only if it is approved.",
        "The money leaves when the goods are handed in.",
    ):
        assert said in shown
    assert "more than the limit" not in await customers_page(shop, order)

    await shop.advance_clock(hours=7)
    sheet = f"/agents/orders/{order}/commands/refuse"
    stale = hidden_fields((await page_of(maria, f"{sheet}?subject={return_id}"))[1])
    approved = (await shop.override(f"returns/{return_id}", "approve", reason="good customer")).ok()
    assert approved["return"]["status"] == "authorized"
    assert datetime.fromisoformat(approved["code"]["expires_at"]) == START + timedelta(days=14, hours=7)
    assert await shop.attention_items(order) == []
    page = await customers_page(shop, order)
    assert "We have accepted your return" in page
    assert "Back on your card. It leaves us when you have handed the goods over." in page
    [line] = await shop.timeline(order, "approve")
    assert (line["role"], line["text"]) == ("agent", "good customer")
    status, shown = await page_of(maria, sheet, **stale, because="It is worn.")
    moves = shown.partition('class="diff"')[2]
    assert (status, moves.index("Return approved") < moves.index("</li>")) == (409, True), (
        "decisions come first"
    )
    letter = await shop.until_notice(order, "return_in_review")
    _, shown = await page_of(maria, f"/agents/orders/{order}")
    assert "The goods are handed in by " in shown
    assert f"“<bdi>{escape(letter['subject_line'])}</bdi>”" in shown, "as it was sent"
    (await shop.drop_off(approved)).ok()
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [60_000]
    assert {"return_in_review", "return_authorized", "refunded"} <= {*kinds(await shop.notices(order))}


async def test_a_high_value_return_that_an_agent_refuses_frees_its_units(shop: Shop) -> None:
    order, payment, opened = await in_review(shop)
    return_id = opened["return"]["return_id"]
    text = {"customer_text": "The seal is broken.\nWe cannot sell it again."}
    async with shop.nothing_changes(order):
        lost = await shop.override(f"returns/{return_id}", "approve", **text)
        assert (lost.status, lost["code"]) == (400, "invalid_body"), "the customer would not get it"
        path = f"/v1/returns/{return_id}/overrides/preview"
        body = {"override": "refuse", "reason": "worn", **text}
        seen = (await shop.call("POST", path, body, role="agent")).ok()
        [letter] = seen["letters"]
        assert (letter["kind"], letter["text"]) == ("return_refused", text["customer_text"])
        (await shop.call("PUT", "/v1/reply-macros/seal", MACRO, role="admin")).ok()
        maria, sheet = await colleague(shop, "maria@example.org"), f"/agents/orders/{order}/commands/refuse"
        csrf = (await page_of(maria, sheet))[1].partition('name="csrf" value="')[2].partition('"')[0]
        typed = {
            "csrf": csrf,
            "subject": return_id,
            "customer_text": "<b>Worn.</b>",
            "macro": "seal",
            "show": "macro",
        }
        shown = (await page_of(maria, sheet, **typed))[1]
        assert "<br>&lt;b&gt;Worn.&lt;/b&gt;<br>The seal of order" in shown, (
            "in the effect, as the letter has it"
        )
    refused = (await shop.override(f"returns/{return_id}", "refuse", reason="worn", **text)).ok()
    assert (refused["return"]["status"], refused["return"]["money"], refused["code"]) == (
        "refused",
        "none",
        None,
    )
    assert len(await shop.notices(order, "return_refused")) == 1
    page = await customers_page(shop, order)
    assert "We could not accept your return" in page
    assert "<p>The seal is broken.</p><p>We cannot sell it again.</p>" in page
    assert "worn" not in page, "the reason is written for colleagues"
    [told] = await shop.timeline(order, "return_refused")
    assert told["text"] == text["customer_text"]
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    shown = (await shop.get_return(return_id, token=link))["return"]
    assert shown["refusal_text"] == text["customer_text"]
    kept = shop.deployment.rows('SELECT notice FROM outbox WHERE "order" = ?', order)
    assert "seal is broken" not in str(kept), "it is sealed"
    async with shop.nothing_changes(order):
        again = await shop.override(f"returns/{return_id}", "approve")
        assert (again.status, again.reasons) == (422, ["nothing_to_override"])
    assert (await shop.open(order, item("tv", 2))).status == 202
    assert await shop.refunds(payment) == []


@pytest.mark.parametrize(("default", "status"), [("approve", "authorized"), ("refuse", "refused")])
async def test_a_high_value_return_without_a_decision_gets_the_default_at_its_deadline(
    create_shop: CreateShop, default: str, status: str
) -> None:
    shop = await create_shop(review_default=default, review_hours=10)
    order, _, opened = await in_review(shop)
    return_id = opened["return"]["return_id"]
    await shop.advance_clock(hours=9, minutes=59)
    assert (await shop.get_return(return_id))["return"]["status"] == "in_review"
    await shop.advance_clock(minutes=1)
    assert (await shop.get_return(return_id))["return"]["status"] == status
    [line] = await shop.timeline(order, "default_applied")
    assert (line["role"], line["details"]) == ("system", {"default": default})
    assert datetime.fromisoformat(line["at"]) == START + timedelta(hours=10)


async def test_an_agent_with_a_reason_opens_a_dear_return_without_review(shop: Shop) -> None:
    order, _ = await shop.bought(lines=DEAR)
    opened = await shop.open(order, item("tv"), role="agent", reason="stands before me")
    assert opened.status == 201
    assert opened["return"]["status"] == "authorized"
    assert opened["return"]["waived"] == ["value_needs_review"]


async def test_a_held_return_is_not_paid_before_it_is_released(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item())).ok()
    return_id = opened["return"]["return_id"]
    (await shop.override(f"returns/{return_id}", "hold", days=7, reason="smells of fraud")).ok()
    (await shop.drop_off(opened)).ok()
    await shop.advance_clock(days=6)
    case = (await shop.get_return(return_id))["return"]
    assert (case["goods"], case["money"]) == ("dropped_off", "none")
    assert await shop.refunds(payment) == []
    (await shop.override(f"returns/{return_id}", "release")).ok()
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]
    assert await shop.attention_items(order) == []


async def test_a_hold_without_a_decision_ends_by_itself(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item())).ok()
    return_id = opened["return"]["return_id"]
    (await shop.override(f"returns/{return_id}", "hold", days=2)).ok()
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["default"]) == ("hold", "release")
    assert datetime.fromisoformat(question["deadline"]) == START + timedelta(days=2)
    (await shop.drop_off(opened)).ok()
    await shop.advance_clock(days=2)
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


async def test_an_extended_code_outlives_its_first_day(shop: Shop) -> None:
    order, _ = await shop.bought()
    opened = (await shop.open(order, item())).ok()
    return_id = opened["return"]["return_id"]
    extended = (await shop.override(f"returns/{return_id}", "extend_code", days=10)).ok()
    assert datetime.fromisoformat(extended["code"]["expires_at"]) == START + timedelta(days=24)
    assert extended["code"]["text"] == opened["code"]["text"]
    await shop.advance_clock(days=23)
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, return_id)
    async with shop.nothing_changes(order):
        late = await shop.override(f"returns/{return_id}", "extend_code", days=10)
    assert (late.status, late.reasons) == (422, ["nothing_to_override"])


async def test_the_resolution_may_be_changed_until_money_is_planned(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item())).ok()
    return_id = opened["return"]["return_id"]
    changed = await shop.override(f"returns/{return_id}", "change_resolution", resolution="store_credit")
    assert changed.ok()["return"]["resolution"] == "store_credit"
    (await shop.drop_off(opened)).ok()
    paid = await shop.paid(order, return_id)
    [leg] = paid["settlements"][0]["legs"]
    assert (leg["to"], leg["principal"], leg["bonus"]) == ("credit", gbp(1200), gbp(120))
    assert await shop.refunds(payment) == []
    async with shop.nothing_changes(order):
        late = await shop.override(f"returns/{return_id}", "change_resolution", resolution="refund")
    assert (late.status, late.reasons) == (422, ["nothing_to_override"])


@pytest.mark.scenario("S-48")
async def test_an_expired_return_is_reopened_and_its_code_works_again(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2))).ok()
    return_id = opened["return"]["return_id"]
    await shop.advance_clock(days=15)
    assert (await shop.get_return(return_id))["return"]["status"] == "expired"
    again = (await shop.override(f"returns/{return_id}", "reopen", reason="was ill")).ok()
    assert again["return"]["status"] == "authorized"
    assert datetime.fromisoformat(again["code"]["expires_at"]) == START + timedelta(days=29)
    assert (await shop.open(order, item("1", 2))).reasons == ["units_unavailable"]
    (await shop.drop_off(again)).ok()
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    assert len(await shop.notices(order, "return_authorized")) == 2


async def test_a_return_whose_units_went_elsewhere_meanwhile_stays_closed(shop: Shop) -> None:
    order, _ = await shop.bought()
    return_id = (await shop.open(order, item("1", 3))).ok()["return"]["return_id"]
    (await shop.call("POST", f"/v1/returns/{return_id}/cancel")).ok()
    (await shop.open(order, item("1", 1))).ok()
    async with shop.nothing_changes(order):
        answer = await shop.override(f"returns/{return_id}", "reopen")
    assert (answer.status, answer.reasons) == (422, ["quote_stale"])


@pytest.mark.parametrize("at", ["returns", "orders"])
async def test_an_override_of_an_older_state_is_a_conflict_that_names_the_current_one(
    shop: Shop, at: str
) -> None:
    order, _ = await shop.bought()
    return_id = (await shop.open(order, item())).ok()["return"]["return_id"]
    view = await shop.view(order)
    (await shop.open(order, item())).ok()  # another agent was first
    path = f"returns/{return_id}" if at == "returns" else f"orders/{order}"
    async with shop.nothing_changes(order):
        late = await shop.override(path, "note", expected_seq=view["seq"])
    assert (late.status, late["code"], late.reasons) == (409, "version_conflict", ["state_changed"])
    now = await shop.view(order)
    assert late["current"] == now
    assert late["reasons"][0]["details"] == {"expected": view["seq"], "seq": now["seq"]}
    (await shop.override(path, "note", expected_seq=now["seq"])).ok()
    [line] = await shop.timeline(order, "note")
    assert line["text"] == "as agreed by phone"


async def test_overrides_above_ones_role_are_refused_and_other_roles_are_forbidden(shop: Shop) -> None:
    order = await shop.place()
    number = await shop.ship(order)
    return_of = (await shop.bought())[0]
    return_id = (await shop.open(return_of, item())).ok()["return"]["return_id"]
    async with shop.nothing_changes(order), shop.nothing_changes(return_of):
        low = await shop.override(f"orders/{order}", "mark_lost", parcel="p1")
        assert (low.status, low.reasons) == (422, ["role_too_low"])
        assert low["reasons"][0]["details"] == {"override": "mark_lost", "needed": "admin, senior_agent"}
        money = await shop.override(f"orders/{order}", "extend_window", role="finance")
        assert (money.status, money.reasons) == (422, ["role_too_low"])
        for role in ("storefront", "warehouse", "partner", "finance"):
            no = await shop.override(f"returns/{return_id}", "hold", role=role)
            assert (no.status, no["code"]) == (403, "forbidden"), role
        without_reason = await shop.override(f"returns/{return_id}", "hold", reason="")
        assert (without_reason.status, without_reason["code"]) == (400, "invalid_body")
    tried = await shop.timeline(order, "refused:OverrideOrder")
    assert [(one["role"], one["details"]["reasons"]) for one in tried] == [
        ("agent", "role_too_low"),
        ("finance", "role_too_low"),
    ]
    (await shop.override(f"orders/{order}", "mark_lost", role="senior_agent", parcel="p1")).ok()
    view = await shop.until(order, lambda view: view["refunded"] == gbp(3600 + 2900 + 495))
    assert view["parcels"][0]["tracking_number"] == number
