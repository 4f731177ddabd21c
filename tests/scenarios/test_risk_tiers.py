"""Over HTTP: points of risk decide when the money of a return leaves; staff see them, customers only when it comes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]
RISK = {"points": {"shop_score": 100, "flagged": 100}}


async def opened(shop: Shop, order: str, **signals: Any) -> tuple[ApiResponse, str]:
    """A return of one mug by its signed quote, after the shop reported these signals."""
    if signals:
        role = "agent" if "flagged" in signals else "storefront"
        (await shop.call("PUT", f"/v1/orders/{order}/risk-signals", signals, role=role)).ok()
    quoted = (await shop.quote(order, item("1"))).ok()
    answer = (await shop.open(order, item("1"), quote=quoted["token"])).ok()
    return answer, answer["return"]["return_id"]


async def unpaid(shop: Shop, return_id: str) -> bool:
    return (await shop.get_return(return_id))["return"]["money"] == "none"


async def test_low_risk_is_paid_at_the_scan_medium_at_the_hand_over_high_after_the_inspection(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(risk=RISK)
    low, medium, high = [await shop.bought() for _ in range(3)]

    at_scan, return_id = await opened(shop, low[0])
    before = await shop.now()
    (await shop.drop_off(at_scan)).ok()
    await shop.paid(low[0], return_id)
    assert await shop.now() == before, "no timer stands between the scan and the money"
    assert sum(one["amount"] for one in await shop.refunds(low[1])) == 1200

    at_hand_over, return_id = await opened(shop, medium[0], score=40)
    assert at_hand_over["return"]["pay_on"] == "sent"
    (await shop.drop_off(at_hand_over)).ok()
    assert await unpaid(shop, return_id)
    proof = {"carrier": "UPS", "tracking_number": "1Z999AA10123456784"}
    path = f"/v1/returns/{return_id}/proofs-of-sending"
    (await shop.call("POST", path, proof, role="partner")).ok()
    await shop.paid(medium[0], return_id)

    after_inspection, return_id = await opened(shop, high[0], flagged=True, reason="third empty box")
    (await shop.drop_off(after_inspection)).ok()
    assert await unpaid(shop, return_id)
    (await shop.receive(return_id)).ok()
    await shop.paid(high[0], return_id)
    assert sum(one["amount"] for one in await shop.refunds(high[1])) == 1200


async def test_staff_see_the_points_and_customers_only_when_the_money_comes(create_shop: CreateShop) -> None:
    shop = await create_shop(risk=RISK)
    order, _ = await shop.bought()
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    signals = {"score": 70}
    (await shop.call("PUT", f"/v1/orders/{order}/risk-signals", signals)).ok()
    quoted = (await shop.quote(order, item("1"), token=link)).ok()
    assert (quoted["verdict"], quoted["risk"], quoted["quote"]["pay_on"]) == ("accepted", None, "receipt")
    body = {"items": [item("1")], "resolution": "refund", "quote": quoted["token"]}
    shown = await shop.call("POST", f"/v1/orders/{order}/returns", body, token=link, key="open-1")
    assert shown.ok()["return"]["pay_on"] == "receipt"
    assert "risk" not in shown.body
    assert "points" not in str(shown.body)
    return_id = shown["return"]["return_id"]
    risk = (await shop.get_return(return_id, role="agent"))["risk"]
    assert risk == {
        "tier": "high",
        "points": 70,
        "reasons": [{"reason": "shop_score", "points": 70, "details": {"score": 70}}],
    }
    assert (await shop.get_return(return_id))["risk"] is None, "a storefront passes answers on to customers"
