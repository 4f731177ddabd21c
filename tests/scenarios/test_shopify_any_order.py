"""Shopify guarantees no sequence: in any sequence of an order's webhooks the order ends the same and the ledger is right."""

import asyncio
import itertools
from typing import Any

import aiohttp
import pytest

from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp
from tests.scenarios.shopify import ShopifyShop, a_fulfillment, a_refund, an_order, later

pytestmark = pytest.mark.databases_in_turn

AT_ONCE = 12  # orders played in parallel
EVERY = (
    5  # of the 120 arrivals: over HTTP they cost seconds; all are in tests/domain/test_storefront_events.py
)


@pytest.mark.scenario("S-7")
async def test_five_webhooks_of_an_order_end_the_same_in_every_order(
    own_deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    shopify_shop, places = await ShopifyShop.create(own_deployment, http), asyncio.Semaphore(AT_ONCE)

    async def run_arrivals(arrival: tuple[str, ...]) -> dict[str, Any]:
        async with places:
            order = an_order()
            await shopify_shop.captured(order)
            for topic, body in sorted(_messages(order).items(), key=lambda one: arrival.index(one[0])):
                await shopify_shop.send(topic, body)
        return order

    arrivals = [*itertools.permutations(_messages(an_order()))][::EVERY]
    orders = await asyncio.gather(*(run_arrivals(one) for one in arrivals))
    kept = await shopify_shop.until_processed(seconds=120)
    assert {(status, reason) for _, status, reason in kept} == {("done", "")}
    ends = [_outcome(await shopify_shop.settled(order["id"])) for order in orders]
    assert [end for end in ends if end != ends[0]] == []
    assert ends[0] == ("cancelled", gbp(6800), [("NEW", "unknown", 3), ("OLD", "cancelled", 0)])
    paid = [await shopify_shop.shop.refunds(f"shopify-{order['id']}") for order in orders]
    assert {tuple(refund["amount"] for refund in refunds) for refunds in paid} == {(5600,)}
    code, report, _ = await smot("verify", "--data", str(own_deployment.data), env=own_deployment.env)
    assert code == 0, report


def _messages(order: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Shopify's webhooks of an order that is shipped, relabelled, refunded in part and then cancelled."""
    relabelled = a_fulfillment(order, "NEW", minutes=90)
    refund = a_refund(order, "12.00", (0, 1))
    cancelled = later(order, cancelled_at="2026-03-02T12:00:00Z", fulfillments=[relabelled], refunds=[refund])
    return {
        "orders/create": order,
        "fulfillments/create": a_fulfillment(order, "OLD"),
        "fulfillments/update": relabelled,
        "refunds/create": refund,
        "orders/cancelled": cancelled,
    }


def _outcome(view: dict[str, Any]) -> tuple[Any, ...]:
    parcels = sorted(
        (parcel["tracking_number"], parcel["status"], sum(parcel["units"].values()))
        for parcel in view["parcels"]
    )
    return view["stage"], view["refunded"], parcels
