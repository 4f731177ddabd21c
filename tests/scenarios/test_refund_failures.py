"""The provider does not answer, refuses, or our worker dies: money moves once, and what is due stays known."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.patience import PATIENCE
from tests.scenarios.crashing_deployment import CrashingDeployment
from tests.scenarios.helpers import ApiResponse, gbp, item
from tests.scenarios.shop import START, Shop
from tests.scenarios.test_refunds import legs, two_cards

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]


@pytest.fixture
def create_crashing_shop(crashing_deployment: CrashingDeployment, http: aiohttp.ClientSession) -> CreateShop:
    """Creates a shop in the deployment whose parts are killed."""

    async def make(**policy: Any) -> Shop:
        return await Shop.create(crashing_deployment, http, **policy)

    return make


async def dropped_off(shop: Shop, order: str, *items: dict[str, Any], **more: Any) -> str:
    opened = (await shop.open(order, *items, **more)).ok()
    (await shop.drop_off(opened)).ok()
    return_id: str = opened["return"]["return_id"]
    return return_id


async def money_is(shop: Shop, order: str, money: str, seconds: float = 15.0) -> dict[str, Any]:
    """The order's only return once its money has that status."""
    view = await shop.until(order, lambda view: view["returns"][0]["money"] == money, seconds)
    case: dict[str, Any] = view["returns"][0]
    return case


async def soon(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.01)


def keys(case: dict[str, Any]) -> list[str]:
    return [leg["leg"] for settlement in case["settlements"] for leg in settlement["legs"]]


@pytest.mark.scenario("S-70")
@pytest.mark.parametrize(
    "fault", ["timeout_before", "timeout_after_success", "error_500_before", "error_500_after", "hang"]
)
async def test_an_unresponsive_provider_is_called_again_with_the_same_key_and_pays_once(
    create_crashing_shop: CreateShop, crashing_deployment: CrashingDeployment, fault: str
) -> None:
    shop = await create_crashing_shop()
    order, payment = await shop.bought()
    await shop.fault(fault, payment=payment)
    await dropped_off(shop, order, item("1", 2))
    waiting = await money_is(shop, order, "pending")
    assert legs(waiting) == [("provider", 2400, "planned")]
    await soon(lambda: crashing_deployment.reserved(shop.name) > 0)
    assert (
        crashing_deployment.reserved(shop.name),
        crashing_deployment.refundable_on_tenders(shop.name),
    ) == (2400, 6995 - 2400)
    case = await money_is(shop, order, "paid")
    assert keys(case) == keys(waiting)
    [refund] = await shop.refunds(payment)
    assert refund["amount"] == 2400
    assert refund["metadata"]["leg"] == f"{shop.name}/{keys(case)[0]}"
    assert keys(case)[0].endswith("/1")
    assert crashing_deployment.reserved(shop.name) == 0
    assert await shop.attention_items(order) == []


@pytest.mark.scenario("S-70")
async def test_orders_are_served_while_the_provider_does_not_answer(create_crashing_shop: CreateShop) -> None:
    shop = await create_crashing_shop()
    order, payment = await shop.bought()
    await shop.fault("timeout_before", times=1000, payment=payment)  # until it is told to answer
    return_id = await dropped_off(shop, order, item())
    await shop.advance_clock(hours=30)
    assert (await money_is(shop, order, "pending"))["return_id"] == return_id
    assert (await shop.now(), await shop.refunds(payment)) == (START + timedelta(hours=30), [])
    (await shop.open(order, item("2"))).ok()
    await shop.end_faults()
    await shop.until(order, lambda view: view["refunded"] == gbp(1200))
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


@pytest.mark.scenario("S-71")
async def test_a_refund_that_stays_declined_frees_its_balance_and_finance_retries_it(
    create_crashing_shop: CreateShop, crashing_deployment: CrashingDeployment
) -> None:
    shop = await create_crashing_shop()
    order, payment = await shop.bought()
    await shop.fault("decline", payment=payment)
    return_id = await dropped_off(shop, order, item("1", 2))
    case = await money_is(shop, order, "failed")
    assert (case["status"], legs(case)) == ("needs_attention", [("provider", 2400, "failed")])
    assert case["settlements"][0]["legs"][0]["decline"] == "declined"
    assert (
        crashing_deployment.reserved(shop.name),
        crashing_deployment.refundable_on_tenders(shop.name),
    ) == (0, 6995)
    assert await shop.refunds(payment) == []
    [question] = await shop.attention_items(order)
    [key] = keys(case)
    assert (question["kind"], question["subject"], question["owner"]) == ("payment_failed", key, "finance")
    assert question["default"] == "retry"
    assert datetime.fromisoformat(question["deadline"]) == START + timedelta(days=3)

    (await shop.override(f"orders/{order}", "retry_step", role="finance", leg=key)).ok()
    paid = await shop.paid(order, return_id)
    assert keys(paid) == [key.removesuffix("/1") + "/2"]
    [refund] = await shop.refunds(payment)
    assert (refund["amount"], refund["metadata"]["leg"]) == (2400, f"{shop.name}/{keys(paid)[0]}")
    assert await shop.attention_items(order) == []
    async with shop.nothing_changes(order):
        late = await shop.override(f"orders/{order}", "retry_step", role="finance", leg=key)
    assert (late.status, late.reasons) == (422, ["nothing_to_override"])


@pytest.mark.scenario("S-71")
async def test_a_declined_refund_without_a_decision_is_retried_at_its_deadline(
    create_crashing_shop: CreateShop,
) -> None:
    shop = await create_crashing_shop(attention_days=2)
    order, payment = await shop.bought()
    await shop.fault("decline", payment=payment)
    return_id = await dropped_off(shop, order, item())
    await money_is(shop, order, "failed")
    await shop.advance_clock(days=1, hours=23)
    assert await shop.refunds(payment) == []
    await shop.advance_clock(hours=1)
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]
    [line] = await shop.timeline(order, "default_applied")
    assert line["details"] == {"default": "retry"}


@pytest.mark.scenario("S-69")
async def test_one_leg_paid_and_one_declined_is_partly_paid_and_only_the_second_is_tried_again(
    create_crashing_shop: CreateShop, crashing_deployment: CrashingDeployment
) -> None:
    shop = await create_crashing_shop()
    tenders, payments = await two_cards(shop)
    order, _ = await shop.bought(**tenders)
    await shop.fault("decline", payment=payments[1])
    return_id = await dropped_off(shop, order, item("1", 2))
    case = await money_is(shop, order, "partly_paid")
    view = await shop.until(order, lambda view: view["attention"])
    case = view["returns"][0]
    assert legs(case) == [("provider", 6000, "settled"), ("provider", 4000, "failed")]
    assert (case["status"], view["refunded"]) == ("needs_attention", gbp(6000))
    assert await shop.notices(order, "refunded") == []
    first, second = keys(case)
    (await shop.override(f"orders/{order}", "retry_step", leg=second)).ok()
    paid = await shop.paid(order, return_id)
    assert keys(paid) == [first, second.removesuffix("/1") + "/2"]
    assert [[refund["amount"] for refund in await shop.refunds(payment)] for payment in payments] == [
        [6000],
        [4000],
    ]
    assert (
        crashing_deployment.reserved(shop.name),
        crashing_deployment.refundable_on_tenders(shop.name),
    ) == (0, 0)
    [notice] = await shop.notices(order, "refunded")
    assert notice["details"]["amount"] == 10_000


@pytest.mark.scenario("S-74")
async def test_a_paid_leg_stays_paid_when_a_later_step_fails(create_crashing_shop: CreateShop) -> None:
    shop = await create_crashing_shop(pay_on="receipt")
    order, payment = await shop.bought()
    return_id = (await shop.open(order, item("1", 3))).ok()["return"]["return_id"]
    (await shop.receive(return_id, {"1": 1})).ok()
    first = await money_is(shop, order, "partly_paid")
    [refund] = await shop.refunds(payment)
    await shop.fault("decline", payment=payment)
    (await shop.receive(return_id)).ok()
    view = await shop.until(order, lambda view: view["attention"])
    case = view["returns"][0]
    assert legs(case) == [("provider", 1200, "settled"), ("provider", 2400, "failed")]
    assert case["settlements"][0] == first["settlements"][0]
    assert (case["money"], view["refunded"]) == ("partly_paid", gbp(1200))
    assert await shop.refunds(payment) == [refund]
    skipped = await shop.override(f"orders/{order}", "skip_step", role="senior_agent", leg=keys(case)[1])
    assert skipped.ok()["refunded"] == gbp(1200)
    assert await shop.refunds(payment) == [refund]


@pytest.mark.scenario("S-72", "S-94")
async def test_a_worker_that_dies_after_the_provider_paid_finds_the_payment_and_makes_no_second(
    create_crashing_shop: CreateShop, crashing_deployment: CrashingDeployment
) -> None:
    shop = await create_crashing_shop()
    order, payment = await shop.bought()
    crashing_deployment.kill_worker_at("pay.called")
    return_id = await dropped_off(shop, order, item("1", 2))
    await soon(lambda: crashing_deployment.fired("pay.called"))
    assert [one["amount"] for one in await shop.refunds(payment)] == [2400]
    assert (await shop.view(order))["returns"][0]["money"] == "pending"
    case = await money_is(shop, order, "paid", seconds=30)
    assert case["return_id"] == return_id
    [refund] = await shop.refunds(payment)
    assert refund["id"] == case["settlements"][0]["legs"][0]["reference"]
    assert crashing_deployment.reserved(shop.name) == 0


@pytest.mark.scenario("S-94", "S-98")
async def test_a_return_whose_answer_died_with_the_worker_is_answered_when_it_is_requested_again(
    create_crashing_shop: CreateShop, crashing_deployment: CrashingDeployment
) -> None:
    """The last units are reserved by this very return: validated again, it would refuse itself."""
    shop = await create_crashing_shop()
    order, payment = await shop.bought()
    point = "commit.persisted"
    crashing_deployment.kill_worker_at(point)
    request = asyncio.create_task(shop.open(order, item("1", 3), key="mine"))
    async with asyncio.timeout(PATIENCE):
        while not crashing_deployment.fired(point):
            await asyncio.sleep(0.02)
    crashing_deployment.kill_worker_at(point)  # after one death a quick machine still answers in time
    lost = await request
    assert (lost.status, lost["code"]) == (503, "unavailable")
    assert "Retry-After" in lost.headers
    other = await until_answered(lambda: shop.open(order, item("1", 3), key="another"))
    assert other.reasons == ["units_unavailable"]
    opened = (await shop.open(order, item("1", 3), key="mine")).ok()
    assert [case["return_id"] for case in (await shop.view(order))["returns"]] == [
        opened["return"]["return_id"]
    ]
    receipt = await until_answered(lambda: shop.drop_off(opened, nonce="n-1"))
    assert receipt.ok()["units"] == {"1": 3}
    await shop.paid(order, opened["return"]["return_id"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [3600]


async def until_answered(send: Callable[[], Awaitable[ApiResponse]]) -> ApiResponse:
    """Repeat the same request until it gets an answer."""
    async with asyncio.timeout(PATIENCE):
        while (answer := await send()).status == 503:
            await asyncio.sleep(0.1)
    return answer
