"""A shop on Stripe: keys set over the API, tested, used for a refund; and refunds without keys wait for finance."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.adapters.stripe_stand_in import StandIn
from tests.scenarios.admins import as_platform
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
KEY = "sk_test_shopshopshop"


@pytest_asyncio.fixture(loop_scope="session")
async def stripe(tmp_path: Path) -> AsyncIterator[StandIn]:
    stand_in = StandIn(tmp_path / "stripe.db")
    await stand_in.start()
    await stand_in.control("keys", secret=KEY, account="acct_one")
    yield stand_in
    await stand_in.end()


async def set_keys(shop: Shop, stripe: StandIn, secret: str) -> None:
    body = {"keys": {"secret_key": secret}, "base": stripe.base}
    (await as_platform(shop, "PUT", f"/v1/merchants/{shop.name}/payments/stripe", body)).ok()


async def check_keys(shop: Shop) -> dict[str, Any]:
    tested = await as_platform(shop, "POST", f"/v1/merchants/{shop.name}/payments/stripe/test")
    body: dict[str, Any] = tested.ok().body
    return body


async def returned(shop: Shop, payment: str) -> tuple[str, str]:
    """A mug of an order that was paid at Stripe comes back; our id of the order, and the return."""
    tender = {
        "tender_id": "card",
        "kind": "card",
        "amount": gbp(1200),
        "payment": payment,
        "provider": "stripe",
    }
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": gbp(1200)}
    order, _ = await shop.bought(lines=[line], shipping=gbp(0), tenders=[tender])
    opened = (await shop.open(order, item())).ok()
    (await shop.drop_off(opened)).ok()
    return order, opened["return"]["return_id"]


async def failed(shop: Shop, order: str) -> dict[str, Any]:
    view = await shop.until(order, lambda view: view["returns"][0]["money"] == "failed")
    leg: dict[str, Any] = view["returns"][0]["settlements"][0]["legs"][0]
    return leg


async def test_keys_are_tested_and_pay_a_refund(shop: Shop, stripe: StandIn) -> None:
    await set_keys(shop, stripe, "sk_test_not_a_key_of_anybody")
    refused = await check_keys(shop)
    assert (refused["accepted"], refused["account"]) == (False, None)
    assert refused["detail"].startswith("Stripe refuses the keys")
    assert refused["refused_at"] is not None
    await set_keys(shop, stripe, KEY)
    assert (await check_keys(shop))["accepted"] is True

    payment, _ = await stripe.pay(1200, "GBP")
    order, return_id = await returned(shop, payment)
    case = await shop.paid(order, return_id)
    assert case["settlements"][0]["legs"][0]["reference"].startswith("re_")


async def test_without_an_account_the_order_is_accepted_and_finance_is_asked(
    shop: Shop, stripe: StandIn
) -> None:
    payment, _ = await stripe.pay(1200, "GBP")
    order, return_id = await returned(shop, payment)
    leg = await failed(shop, order)
    assert (leg["status"], leg["decline"]) == ("failed", "no_account")
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["owner"], question["subject"]) == (
        "payment_failed",
        "finance",
        leg["leg"],
    )

    await set_keys(shop, stripe, KEY)
    (await shop.override(f"orders/{order}", "retry_step", role="finance", leg=leg["leg"])).ok()
    await shop.paid(order, return_id)


async def test_a_refund_with_refused_keys_is_a_question_and_no_endless_retry(
    shop: Shop, stripe: StandIn
) -> None:
    await set_keys(shop, stripe, "sk_test_not_a_key_of_anybody")
    payment, _ = await stripe.pay(1200, "GBP")
    order, _ = await returned(shop, payment)

    await shop.until(order, lambda view: bool(view["attention"]))
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["owner"]) == ("payment_unknown", "finance")
    account = await as_platform(shop, "GET", f"/v1/merchants/{shop.name}/payments/stripe")
    assert account.ok()["refused_at"] is not None


async def test_real_money_that_nobody_is_known_to_hold_is_a_question_and_never_a_pretended_payment(
    deployment: Deployment, http: aiohttp.ClientSession, stripe: StandIn
) -> None:
    shop = await Shop.create(deployment, http, sandbox=False)
    payment, _ = await stripe.pay(1200, "GBP")
    tender = {"tender_id": "card", "kind": "card", "amount": gbp(1200), "payment": payment}
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": gbp(1200)}
    order = await shop.place(lines=[line], shipping=gbp(0), tenders=[tender])
    (await shop.call("POST", f"/v1/orders/{order}/cancel", key="c-1")).ok()
    view = await shop.until(order, lambda view: bool(view["attention"]))
    leg = view["settlements"][0]["legs"][0]
    assert (leg["status"], leg["decline"], view["refunded"]) == ("failed", "no_account", gbp(0))
    assert [(one["kind"], one["owner"]) for one in view["attention"]] == [("payment_failed", "finance")]

    await set_keys(shop, stripe, KEY)
    (await shop.override(f"orders/{order}", "retry_step", role="finance", leg=leg["leg"])).ok()
    view = await shop.until(order, lambda view: view["refunded"] == gbp(1200))
    assert view["settlements"][0]["legs"][0]["reference"].startswith("re_")
