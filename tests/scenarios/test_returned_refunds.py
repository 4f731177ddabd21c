"""Show 4 of real money: a refund that is accepted, paid, comes back nine days later, and is paid another way; what is read."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.scenarios.helpers import ApiResponse, gbp, item
from tests.scenarios.shop import AT_ONCE, START, Shop
from tests.scenarios.test_letter_links import heading, letter_links, open_page
from tests.scenarios.test_payment_webhooks import refund, send, with_account

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
ARN = "74537604221222132710572"


@pytest.fixture
async def shop(create_shop: Any) -> Shop:
    made: Shop = await create_shop(notices=AT_ONCE)
    return made


async def change_refund(shop: Shop, payment: str, status: str, **more: str) -> None:
    """What becomes of the newest refund of that payment, at the provider."""
    refund = (await shop.refunds(payment))[-1]["id"]
    url = f"{shop.deployment.addresses['psp']}/refunds/{refund}/state"
    async with shop.http.post(url, json={"status": status, **more}) as answer:
        assert answer.status == 200, await answer.text()


async def returned_goods(shop: Shop) -> tuple[str, str, str]:
    """An order with a mug handed over, whose refund the provider has accepted and not finished; its payment and its leg."""
    order, payment = await shop.bought()
    await shop.fault("accept", payment=payment)
    opened = (await shop.open(order, item())).ok()
    (await shop.drop_off(opened)).ok()
    leg = await leg_is(shop, order, "accepted")
    return order, payment, leg["leg"]


async def leg_is(shop: Shop, order: str, status: str) -> dict[str, Any]:
    """The order's newest payment once it has that status."""

    def of(view: dict[str, Any]) -> dict[str, Any]:
        settlements = view["returns"][0]["settlements"]
        leg: dict[str, Any] = settlements[0]["legs"][0] if settlements else {"status": "none"}
        return leg

    return of(await shop.until(order, lambda view: of(view)["status"] == status))


async def as_customer(shop: Shop, order: str) -> dict[str, Any]:
    """The one payment of the order as its customer reads it."""
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()
    view = (await shop.call("GET", f"/v1/orders/{order}", token=link["token"])).ok().body
    [case] = view["returns"]
    [money] = case["money"]
    read: dict[str, Any] = money
    return read


async def look_up(shop: Shop, order: str, leg: str) -> ApiResponse:
    return await shop.override(f"orders/{order}", "look_up", role="finance", leg=leg)


async def come_back(shop: Shop, order: str, payment: str, leg: str) -> None:
    await change_refund(shop, payment, "failed", reason="account_closed")
    (await look_up(shop, order, leg)).ok()
    await shop.until(order, lambda view: view["returns"][0]["money"] == "failed")


async def letters(shop: Shop, order: str, kind: str, count: int) -> list[str]:
    """The texts of the letters of that kind, once so many were sent."""
    async with asyncio.timeout(PATIENCE):
        while True:
            sent = [one["text"] for one in await shop.notices(order, kind) if one["status"] == "sent"]
            if len(sent) == count:
                return [text.replace("\u00a0", " ") for text in sent]
            await asyncio.sleep(0.05)


async def letter(shop: Shop, order: str, kind: str) -> str:
    [text] = await letters(shop, order, kind, 1)
    return text


@pytest.mark.scenario("S-71")
async def test_a_refund_that_comes_back_after_nine_days_is_owed_again_and_paid_as_the_customer_chooses(
    shop: Shop,
) -> None:
    order, payment, leg = await returned_goods(shop)
    text = await letter(shop, order, "refunded")
    assert "£12.00 is on its way back to you the way you paid." in text
    assert "You should see it on your statement by 16 March" in text
    assert "We have paid back" not in text
    read = await as_customer(shop, order)
    assert (read["status"], read["paid_at"], read["expected_by"]) == ("accepted", None, "2026-03-16")
    assert read["provider_reference"] == (await shop.refunds(payment))[0]["id"]

    await change_refund(shop, payment, "succeeded", bank_reference=ARN)
    (await look_up(shop, order, leg)).ok()
    settled = await leg_is(shop, order, "settled")
    assert (settled["raw_state"], settled["bank_reference"]) == ("succeeded", ARN)
    read = await as_customer(shop, order)
    assert (read["status"], read["bank_reference"], read["expected_by"]) == ("paid", ARN, "2026-03-16")
    assert (await shop.view(order))["refunded"] == gbp(1200)

    await shop.advance_clock(days=9)
    await change_refund(shop, payment, "failed", reason="account_closed")
    (await look_up(shop, order, leg)).ok()
    back = await leg_is(shop, order, "reversed")
    assert (back["raw_state"], back["reason"], back["decline"]) == ("failed",) + ("account_closed",) * 2
    assert datetime.fromisoformat(back["reversed_at"]) == START + timedelta(days=9)
    assert (await shop.view(order))["refunded"] == gbp(0)
    assert (await as_customer(shop, order))["status"] == "came_back"
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["subject"], question["owner"]) == ("refund_returned", leg, "finance")
    text = await letter(shop, order, "refund_returned")
    assert "Your refund of £12.00 has come back to us. The money is still yours." in text
    assert "decides by 14 March" in text
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    [asked] = (await shop.call("GET", f"/v1/orders/{order}", token=link)).ok()["questions"]
    assert (asked["kind"], asked["answers"]) == ("refund_returned", ["store_credit", "other_way"])
    credit, other = await letter_links(shop, order, "refund_returned")
    _, page, _ = await open_page(shop, credit)
    assert heading(page) == "How would you like your money?"
    assert "You agree to get the whole amount as store credit instead of money. It does not expire." in page

    _, page, _ = await open_page(shop, credit, "POST")
    assert heading(page) == "You get store credit"
    paid = await leg_is(shop, order, "settled")
    assert (paid["to"], paid["leg"]) == ("credit", leg.removesuffix("/1") + "/2")
    assert await shop.attention_items(order) == []
    assert len(await shop.refunds(payment)) == 1
    _, page, _ = await open_page(shop, other, "POST")
    assert heading(page) == "You get store credit", "the second answer changes nothing"
    assert "You chose this on 11 March 2026." in page
    read = await as_customer(shop, order)
    assert (read["method"], read["status"]) == ("store_credit", "paid")
    _, text = await letters(shop, order, "refunded", 2)
    assert "We have given you £12.00 as store credit." in text


@pytest.mark.scenario("S-71")
async def test_a_refund_that_came_back_is_paid_again_by_a_person_or_to_the_same_card(shop: Shop) -> None:
    order, payment, leg = await returned_goods(shop)
    await come_back(shop, order, payment, leg)
    (await shop.override(f"orders/{order}", "retry_step", role="finance", leg=leg)).ok()
    paid = await leg_is(shop, order, "settled")
    assert paid["leg"] == leg.removesuffix("/1") + "/2"

    await come_back(shop, order, payment, paid["leg"])
    choice = {"leg": paid["leg"], "choice": "other_way"}
    refused = await shop.call("POST", f"/v1/orders/{order}/refunds/choice", {**choice, "leg": leg}, key="k-0")
    assert (refused.status, refused.body["reasons"][0]["code"]) == (422, "nothing_to_choose")
    (await shop.call("POST", f"/v1/orders/{order}/refunds/choice", choice, key="k-1")).ok()
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["owner"]) == ("refund_by_hand", "finance")
    (await shop.override(f"orders/{order}", "paid_by_hand", role="finance", leg=question["subject"])).ok()
    assert (await leg_is(shop, order, "settled"))["to"] == "by_hand"
    assert [refund["status"] for refund in await shop.refunds(payment)] == ["failed", "failed"]
    assert (await shop.view(order))["refunded"] == gbp(1200)


async def test_a_providers_own_report_of_a_late_failure_is_booked_without_a_look_up(shop: Shop) -> None:
    order, payment, leg = await returned_goods(shop)
    await with_account(shop)
    [made] = await shop.refunds(payment)
    about = {"id": made["id"], "metadata": made["metadata"]}
    accepted_at = datetime.fromisoformat(made["changed_at"])
    failed_at = (accepted_at + timedelta(hours=2)).isoformat()
    settled_at = (accepted_at + timedelta(hours=1)).isoformat()
    (await send(shop, refund(payment, 1200, **about, at=settled_at))).ok()
    await leg_is(shop, order, "settled")
    (await send(shop, refund(payment, 1200, **about, at=failed_at, status="failed"))).ok()
    await leg_is(shop, order, "reversed")
    (await send(shop, refund(payment, 1200, **about, at=settled_at), delivery="evt_again")).ok()
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["subject"]) == ("refund_returned", leg)
    assert (await leg_is(shop, order, "reversed"))["decline"] == "failed"


async def test_a_late_refund_is_chased_before_the_customer_asks(shop: Shop) -> None:
    order, payment, leg = await returned_goods(shop)
    await shop.advance_clock(days=8)
    text = await letter(shop, order, "refund_late")
    assert "The payment provider has not finished your refund of £12.00 yet." in text
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["subject"], question["owner"]) == ("refund_late", leg, "finance")
    await shop.advance_clock(days=10)
    assert len(await shop.notices(order, "refund_late")) == 1
    await change_refund(shop, payment, "succeeded")
    await shop.advance_clock(days=1)
    await leg_is(shop, order, "settled")
    assert await shop.attention_items(order) == []


async def test_a_refund_that_is_refused_at_once_offers_store_credit_before_anybody_tries_again(
    shop: Shop,
) -> None:
    order, payment = await shop.bought()
    await shop.fault("decline", payment=payment)
    opened = (await shop.open(order, item())).ok()
    (await shop.drop_off(opened)).ok()
    leg = await leg_is(shop, order, "failed")
    assert leg["decline"] == "declined"
    text = await letter(shop, order, "refund_declined")
    assert "We could not pay your refund of £12.00 back the way you paid. The money is still yours." in text
    assert "Our team tries again or finds another way by" in text
    assert (await as_customer(shop, order))["status"] == "refused"
    credit, _ = await letter_links(shop, order, "refund_declined")
    _, page, _ = await open_page(shop, credit)
    assert "You agree to get the whole amount as store credit instead of money." in page
    _, page, _ = await open_page(shop, credit, "POST")
    assert heading(page) == "You get store credit"
    paid = await leg_is(shop, order, "settled")
    assert (paid["to"], paid["leg"]) == ("credit", leg["leg"].removesuffix("/1") + "/2")
    assert await shop.refunds(payment) == []
    assert await shop.attention_items(order) == []
