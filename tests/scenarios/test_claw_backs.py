"""Money that was paid at the drop-off is asked back when its goods are rejected: over HTTP, with Stripe's stand-in."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.adapters.stripe_stand_in import StandIn
from tests.scenarios.admins import as_platform
from tests.scenarios.helpers import ApiResponse, gbp, item
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_credit_checkout import balance, give
from tests.scenarios.test_letter_links import heading, letter_links, open_page

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
CUSTOMER = {"customer_id": "cus-7", "name": "Zdzisława Żółć", "email": "zdzislawa@example.org"}
KEY, ACCOUNT, SECRET = "sk_test_shopshopshop", "acct_shop", "whsec_shopshopshopshop"


@pytest_asyncio.fixture(loop_scope="session")
async def stripe(tmp_path: Path) -> AsyncIterator[StandIn]:
    stand_in = StandIn(tmp_path / "stripe.db")
    await stand_in.start()
    await stand_in.control("keys", secret=KEY, account=ACCOUNT)
    yield stand_in
    await stand_in.end()


async def connect(shop: Shop, stripe: StandIn) -> None:
    """The shop's keys at Stripe, and Stripe's webhooks to us."""
    keys = {"secret_key": KEY, "webhook_secret": SECRET}
    body = {"keys": keys, "base": stripe.base}
    (await as_platform(shop, "PUT", f"/v1/merchants/{shop.name}/payments/stripe", body)).ok()
    url = f"{shop.deployment.addresses['api']}/v1/webhooks/payments/stripe/{shop.name}"
    await stripe.control("endpoints", account=ACCOUNT, url=url, secrets=[SECRET])


@pytest.fixture
async def shop(create_shop: Any) -> Shop:
    made: Shop = await create_shop(notices=AT_ONCE)
    return made


async def rejected(shop: Shop, provider: str = "", payment: str = "") -> tuple[str, str, dict[str, Any]]:
    """Two mugs, 24.00, were paid at the drop-off; one of them arrives as an empty box. Order, return, claim."""
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 2, "unit_price": gbp(1200)}
    payment = payment or await shop.pay(2400)
    tender = {"tender_id": "card", "kind": "card", "amount": gbp(2400), "payment": payment}
    tender |= {"provider": provider} if provider else {}
    order, _ = await shop.bought(lines=[line], shipping=gbp(0), tenders=[tender], customer=CUSTOMER)
    opened = (await shop.open(order, item("1", 2))).ok()
    return_id = opened["return"]["return_id"]
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, return_id)
    lines = [{"line_id": "1", "quantity": 1}, {"line_id": "1", "quantity": 1, "condition": "empty"}]
    path = f"/v1/returns/{return_id}/receipts"
    (await shop.call("POST", path, {"lines": lines}, role="warehouse")).ok()
    await shop.advance_clock(days=4)
    view = await shop.until(order, lambda view: bool(view["claw_backs"]))
    return order, return_id, view["claw_backs"][0]


async def until_stage(shop: Shop, order: str, *stages: str) -> dict[str, Any]:
    view = await shop.until(order, lambda view: view["claw_backs"][0]["stage"] in stages)
    claim: dict[str, Any] = view["claw_backs"][0]
    return claim


async def classes(shop: Shop, order: str) -> dict[str, int]:
    """The order's closing balances by class of account, without the empty ones."""
    found = (await shop.call("GET", f"/v1/orders/{order}/statement", role="finance")).ok()
    totals = {one["account_class"]: one["closing"] for one in found["accounts"]}
    assert sum(totals.values()) == 0
    return {name: minor for name, minor in totals.items() if minor}


async def decide(shop: Shop, order: str, claim: str, decision: str, role: str = "finance") -> ApiResponse:
    body = {"decision": decision, "reason": "as the courier's receipt shows"}
    path = f"/v1/orders/{order}/claw-backs/{claim}/decisions"
    return await shop.call("POST", path, body, role=role, key=f"{decision}-{role}")


@pytest.mark.scenario("S-80")
async def test_credit_covers_a_part_the_rest_is_paid_by_a_page_and_all_goes_back_when_the_goods_are_accepted(
    shop: Shop, stripe: StandIn
) -> None:
    await connect(shop, stripe)
    payment, _ = await stripe.pay(2400, "GBP", account=ACCOUNT)
    (await give(shop, 500)).ok()
    order, return_id, claim = await rejected(shop, "stripe", payment)
    assert (claim["ground"], claim["amount"], claim["stage"]) == ("rejected", gbp(1200), "notice")
    text = (await shop.until_notice(order, "claw_back_notice"))["text"].replace("\u00a0", " ")
    assert "We ask for £12.00 back." in text
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["owner"], question["default"]) == ("claw_back", "customer", "collect")
    await shop.advance_clock(days=12)
    assert await balance(shop) == 500

    await shop.advance_clock(days=2)
    claim = await until_stage(shop, order, "payable")
    assert (claim["netted"], claim["owed"], await balance(shop)) == (gbp(500), gbp(700), 0)
    letter = await shop.until_notice(order, "claw_back_payment")
    assert claim["payment_url"] in letter["text"]
    link = claim["payment_url"].rpartition("/")[2]
    await stripe.control("link_payments", account=ACCOUNT, payment_link=link)
    claim = await until_stage(shop, order, "closed")
    assert (claim["end"], claim["paid"], claim["owed"]) == ("paid", gbp(700), gbp(0))
    await shop.until_notice(order, "claw_back_closed")
    assert await classes(shop, order) == {"cash": 700, "claimed_back": -1200, "store_credit": 500}
    assert await counted(shop) == (1200, {"lost_goods": 1200, "asked_back": -1200})

    (await shop.override(f"returns/{return_id}", "accept_goods")).ok()
    view = await shop.until(order, lambda view: view["claw_backs"][0]["end"] == "goods_arrived")
    assert view["returns"][0]["claw_backs"][0]["amount"] == gbp(0)
    assert await balance(shop) == 500
    await shop.until(order, lambda view: all_settled(view["settlements"]))
    assert await classes(shop, order) == {}
    view = await shop.view(order)
    assert (view["refunded"], view["captured"]) == (gbp(2400), gbp(2400))
    assert await counted(shop) == (2400, {})


async def counted(shop: Shop) -> tuple[int, dict[str, int]]:
    """What went back for returns and what these cost by part, as a report has it; the exported facts say the same."""
    query = "/v1/kpis?group_by=reason&first=2026-03-01&last=2026-03-31"
    report = (await shop.call("GET", query, role="finance")).ok()["figures"]
    figures = {one["figure"]: one for one in report}
    lines = (await shop.call("GET", "/v1/kpis/facts?limit=5000", role="finance")).ok()["items"]
    replayed: Counter[tuple[str, str]] = Counter()
    for line in lines:
        replayed[line["kind"], line["reason"]] += line["value"]
    costs = {one["group"]: one["count"] for one in figures["cost_per_return"]["groups"] if one["count"]}
    assert costs == {why: value for (kind, why), value in replayed.items() if kind == "return_cost" and value}
    back = sum(value for (kind, _), value in replayed.items() if kind == "money_back")
    assert figures["retained_revenue"]["of"] == back
    return back, costs


def all_settled(settlements: list[dict[str, Any]]) -> bool:
    legs = [leg for one in settlements for leg in one["legs"]]
    return bool(legs) and all(leg["status"] == "settled" for leg in legs)


@pytest.mark.scenario("S-80")
async def test_the_customer_answers_by_the_letter_a_person_decides_and_credit_covers_it(shop: Shop) -> None:
    (await give(shop, 5000)).ok()
    order, _, claim = await rejected(shop)
    differ, right = await letter_links(shop, order, "claw_back_notice")
    status, page, _ = await open_page(shop, differ)
    assert (status, heading(page)) == (200, "We ask you for money back")
    assert len(re.findall("<textarea", page)) == 1
    url = shop.deployment.addresses["api"] + differ
    async with shop.http.post(url, data={"text": "receipt RR123 of 4 March"}) as answer:
        assert heading(await answer.text()) == "Your answer has reached us"
    _, page, _ = await open_page(shop, right, "POST")
    assert heading(page) == "Your answer has reached us", "one answer at a time"
    [line] = [one for one in await shop.timeline(order, "claw_back_answered") if one["role"] == "customer"]
    assert (line["details"]["answer"], line["text"]) == ("dispute", "receipt RR123 of 4 March")
    await shop.until_notice(order, "claw_back_answered")
    refused = await decide(shop, order, claim["claim"], "withdraw", "agent")
    assert [one["code"] for one in refused["reasons"]] == ["role_too_low"]
    (await decide(shop, order, claim["claim"], "reject", "agent")).ok()
    again = await decide(shop, order, claim["claim"], "accept", "agent")
    assert again["code"] == "refused"
    await shop.advance_clock(days=14)
    claim = await until_stage(shop, order, "closed")
    assert (claim["end"], claim["netted"], await balance(shop)) == ("netted", gbp(1200), 3800)
    await shop.until_notice(order, "claw_back_netted")


@pytest.mark.scenario("S-80")
async def test_without_an_account_finance_is_asked_and_what_is_not_paid_is_written_off(shop: Shop) -> None:
    order, _, claim = await rejected(shop)
    agreed = {"answer": "agree"}
    path = f"/v1/orders/{order}/claw-backs/{claim['claim']}/answers"
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    seen = (await shop.call("POST", path, agreed, token=link, key="answer")).ok()
    assert seen["claw_backs"][0]["claim"] == claim["claim"]
    await shop.until(order, lambda view: bool(view["attention"]))
    claim = await until_stage(shop, order, "payable")
    assert (claim["payment_url"], claim["owed"]) == ("", gbp(1200))
    [question] = [one for one in await shop.attention_items(order) if one["kind"].startswith("claw_back")]
    assert (question["kind"], question["owner"]) == ("claw_back_unpaid", "finance")
    await shop.advance_clock(days=15)
    claim = await until_stage(shop, order, "closed")
    assert (claim["end"], claim["written_off"]) == ("written_off", gbp(1200))
    books = await classes(shop, order)
    assert (books["write_offs"], books["claimed_back"]) == (1200, -1200)
    summary = (await shop.call("GET", "/v1/reports/summary", role="agent")).ok()["money"]["GBP"]
    assert {name: summary[name] for name in ("claimed_back", "owed", "recovered", "written_off")} == {
        "claimed_back": 1200, "owed": 0, "recovered": 0, "written_off": 1200,
    }  # fmt: skip


@pytest.mark.scenario("S-80")
async def test_a_part_that_does_not_arrive_is_asked_back_until_it_comes(create_shop: Any) -> None:
    shop = await create_shop(notices=AT_ONCE, code_days=2, goods_days=5)
    (await give(shop, 5000)).ok()
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 2, "unit_price": gbp(1200)}
    card = {"tender_id": "card", "kind": "card", "amount": gbp(2400), "payment": await shop.pay(2400)}
    order, _ = await shop.bought(lines=[line], shipping=gbp(0), tenders=[card], customer=CUSTOMER)
    opened = (await shop.open(order, item("1", 2))).ok()
    return_id = opened["return"]["return_id"]
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, return_id)
    (await shop.receive(return_id, {"1": 1})).ok()
    await shop.advance_clock(days=8)
    view = await shop.until(order, lambda view: bool(view["claw_backs"]))
    claim = view["claw_backs"][0]
    assert (claim["ground"], claim["amount"], claim["units"]) == ("incomplete", gbp(1200), {"1": 1})
    path = f"/v1/orders/{order}/claw-backs/{claim['claim']}/answers"
    (await shop.call("POST", path, {"answer": "will_send", "text": "it lay under the bed"}, key="a")).ok()
    assert (await until_stage(shop, order, "sending"))["answer"] == "will_send"
    (await shop.receive(return_id, {"1": 1})).ok()
    claim = await until_stage(shop, order, "closed")
    assert (claim["end"], claim["amount"], await balance(shop)) == ("goods_arrived", gbp(0), 5000)
    text = (await shop.until_notice(order, "claw_back_closed"))["text"].replace("\u00a0", " ")
    assert "We had asked you for £12.00. The goods have reached us." in text
