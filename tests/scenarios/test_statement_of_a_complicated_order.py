"""Show 6 of real money: the statement of one order with everything that can happen to it, added up by hand.

100.00 were paid by three means. The order came late, two returns were paid at the drop-off, one of them arrived empty and was
asked back, a mug was exchanged for a bowl, and the bank took the price of a rug.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.adapters.stripe_stand_in import ACCOUNT, StandIn
from tests.scenarios.admins import as_platform
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.shop_system import ExchangingShop, SimulatedShops
from tests.scenarios.test_claw_backs import until_stage
from tests.scenarios.test_lost_parcels import DUE

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
KEY, SECRET = "sk_test_statements1234", "whsec_standinforstatements"
POLICY: dict[str, Any] = {
    "notices": AT_ONCE,
    "goodwill": {"tiers": [{"days": 1, "shipping": 10_000}]},
    "claw_back": {"minimum": {"GBP": 100}},
}
LINES = [
    {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 2, "unit_price": gbp(1200)},
    {"line_id": "2", "sku": "LAMP", "title": "Lamp", "quantity": 1, "unit_price": gbp(4000)},
    {"line_id": "3", "sku": "RUG", "title": "Rug", "quantity": 1, "unit_price": gbp(3000)},
]


@pytest_asyncio.fixture(loop_scope="session")
async def stripe(tmp_path: Path) -> AsyncIterator[StandIn]:
    stand_in = StandIn(tmp_path / "stripe.db")
    await stand_in.start()
    await stand_in.control("keys", secret=KEY, account=ACCOUNT)
    yield stand_in
    await stand_in.end()


@pytest_asyncio.fixture(loop_scope="session")
async def systems(tmp_path: Path, http: aiohttp.ClientSession) -> AsyncIterator[SimulatedShops]:
    async with SimulatedShops.running(tmp_path / "shops.db", http) as running:
        yield running


async def connect(shop: Shop, stripe: StandIn) -> None:
    """The shop's keys at Stripe, and Stripe's webhooks to us."""
    body = {"keys": {"secret_key": KEY, "webhook_secret": SECRET}, "base": stripe.base}
    (await as_platform(shop, "PUT", f"/v1/merchants/{shop.name}/payments/stripe", body)).ok()
    url = f"{shop.deployment.addresses['api']}/v1/webhooks/payments/stripe/{shop.name}"
    await stripe.control("endpoints", account=ACCOUNT, url=url, secrets=[SECRET])


async def late_order(shop: Shop, payment: str) -> str:
    """94.00 of goods and 6.00 of shipping, paid with 20.00, 10.00 and 70.00, delivered three days late."""
    card = {
        "tender_id": "card",
        "kind": "card",
        "amount": gbp(7000),
        "payment": payment,
        "provider": "stripe",
    }
    tenders = [
        {"tender_id": "gift", "kind": "gift_card", "amount": gbp(2000)},
        {"tender_id": "credit", "kind": "store_credit", "amount": gbp(1000)},
        card,
    ]
    order = await shop.place(lines=LINES, shipping=gbp(600), tenders=tenders)
    number = await shop.ship(order)
    await shop.set_clock(DUE + timedelta(days=3))
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["delivered"] == "all")
    await shop.advance_clock(hours=1)
    return order


async def returned(shop: Shop, order: str, line: str, condition: str) -> str:
    """Paid at the drop-off; the warehouse then finds this."""
    opened = (await shop.open(order, item(line))).ok()
    return_id: str = opened["return"]["return_id"]
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, return_id)
    lines = [{"line_id": line, "quantity": 1, "condition": condition}]
    path = f"/v1/returns/{return_id}/receipts"
    (await shop.call("POST", path, {"lines": lines}, role="warehouse")).ok()
    return return_id


async def exchanged_for_a_bowl(there: ExchangingShop, order: str) -> None:
    """The second mug, 12.00, becomes a bowl, 10.00; the difference is paid back."""
    opened = await there.open(order, "BOWL")
    await there.exchange(opened, "reserved")
    (await there.shop.drop_off(opened)).ok()
    [sending] = await there.until_asked()
    await there.shop.paid(order, opened["return"]["return_id"])
    (await there.shop.receive(opened["return"]["return_id"])).ok()
    await there.shop.scan(await there.ship_new_goods(sending), "delivered")
    await there.exchange(opened, "sent")


async def statement(shop: Shop, order: str) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Where the order stands by class, as its statement says; and per step what its lines add up to, by class."""
    found = (await shop.call("GET", f"/v1/orders/{order}/statement?limit=100", role="finance")).ok()
    stands = {one["account_class"]: one["closing"] for one in found["accounts"] if one["closing"]}
    steps: dict[str, Counter[str]] = {}
    for line in found["items"]:
        steps.setdefault(line["step"], Counter())[line["account_class"]] += line["debit"] - line["credit"]
    return stands, {
        step: {name: minor for name, minor in sums.items() if minor} for step, sums in steps.items()
    }


BY_HAND = {
    # 20.00 and 10.00 in other means, 70.00 at Stripe
    "capture": {"cash": 10_000, "captured": -10_000},
    # a mug, what the bowl is cheaper than the other one, the lamp, and the rug that the bank takes
    "reserve": {"captured": 1200 + 200 + 4000 + 3000, "reserved": -8400},
    # goodwill of 6.00; the mug back as credit 10.00 + 2.00, the difference as credit; of the lamp 16.00 as credit and 24.00 to
    # the card; the rug
    "post": {
        "reserved": 8400, "cash": -2400, "store_credit": -(600 + 1200 + 200 + 1600), "goodwill_expense": 600,
        "disputes": -3000,
    },
    # the lamp is asked back: all the credit of 36.00, and 4.00 on Stripe's page
    "claw_back": {"claw_backs": 4000, "claimed_back": -4000},
    "net_claw_back": {"store_credit": 3600, "claw_backs": -3600},
    "pay_claw_back": {"cash": 400, "claw_backs": -400},
    # the bank takes 30.00, and Stripe its fee
    "hold_dispute": {"disputes": 3000, "cash": -3000},
    "charge_dispute_fee": {"fee_expense": 1500, "cash": -1500},
}  # fmt: skip


async def test_the_statement_of_a_complicated_order_adds_up_by_hand(
    deployment: Deployment, systems: SimulatedShops, stripe: StandIn
) -> None:
    there = await ExchangingShop.create(deployment, systems, **POLICY)
    shop = there.shop
    await connect(shop, stripe)
    payment, charge = await stripe.pay(7000, "GBP")
    order = await late_order(shop, payment)
    await returned(shop, order, "1", "good")
    await exchanged_for_a_bowl(there, order)
    await returned(shop, order, "2", "empty")

    await shop.advance_clock(days=4)
    await shop.advance_clock(days=14)
    await shop.until(order, lambda view: bool(view["claw_backs"][0]["payment_url"]))
    claim = await until_stage(shop, order, "payable")
    assert (claim["netted"], claim["owed"]) == (gbp(3600), gbp(400))
    link = claim["payment_url"].rpartition("/")[2]
    await stripe.control("link_payments", account=ACCOUNT, payment_link=link)
    await until_stage(shop, order, "closed")

    made = await stripe.control(
        "disputes", account=ACCOUNT, charge=charge, amount=3000, status="needs_response"
    )
    await shop.until(order, lambda view: bool(view["disputes"]))
    await stripe.control("clock", seconds=60)
    await stripe.control("dispute_steps", account=ACCOUNT, dispute=made["id"], status="lost")
    view = await shop.until(order, lambda view: [one["state"] for one in view["disputes"]] == ["lost"])
    if view["disputes"][0]["unassigned"]:
        path = f"/v1/orders/{order}/disputes/{view['disputes'][0]['dispute']}/units"
        body = {"lines": [{"line_id": "3", "quantity": 1}], "note": "the bank's letter names the rug"}
        (await shop.call("POST", path, body, role="finance")).ok()
    await shop.until(order, lambda view: view["refunded"] == gbp(1200 + 200 + 4000 + 3000))

    stands, steps = await statement(shop, order)
    assert steps == BY_HAND
    summed: Counter[str] = Counter()
    for sums in BY_HAND.values():
        summed.update(sums)
    assert stands == {name: minor for name, minor in summed.items() if minor} == {
        "captured": -1600, "cash": 3500, "claimed_back": -4000, "fee_expense": 1500, "goodwill_expense": 600,
    }  # fmt: skip
    trial = (await shop.call("GET", "/v1/reports/trial-balance", role="finance")).ok()
    assert trial["balanced"]
    assert {one["account_class"]: one["closing"] for one in trial["items"] if one["closing"]} == stands
