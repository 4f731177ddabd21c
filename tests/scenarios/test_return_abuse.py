"""What shops' systems are known to get wrong about returns, tried on the real server: twice, at once, and with odd numbers."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]


def statuses(answers: list[ApiResponse]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


@pytest.mark.scenario("S-37", "S-60")
async def test_what_is_confirmed_twenty_times_at_once_happens_once(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment = await shop.bought()
    quote = (await shop.quote(order, item("1", 2))).ok()["token"]
    sent = await asyncio.gather(*(shop.open(order, item("1", 2), quote=quote) for _ in range(20)))
    assert statuses(sent) == {201: 1, 422: 19}
    opened = next(answer for answer in sent if answer.status == 201)
    return_id = opened["return"]["return_id"]
    received = await asyncio.gather(*(shop.receive(return_id) for _ in range(20)))
    assert statuses(received) == {201: 1, 422: 19}
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    assert (await shop.open(order, item("1", 2))).reasons == ["units_unavailable"]


@pytest.mark.scenario("S-36")
async def test_an_odd_quantity_is_refused_everywhere_and_changes_nothing(shop: Shop) -> None:
    order = await shop.delivered()
    opened = (await shop.open(order, item("2"))).ok()
    receipts = f"/v1/returns/{opened['return']['return_id']}/receipts"
    async with shop.nothing_changes(order):
        for quantity in (-1, 0, 0.5, 1.0, "1", True, None, 10**12):
            odd: dict[str, Any] = {"line_id": "1", "quantity": quantity}
            answers = [
                await shop.quote(order, {**odd, "reason": "unwanted"}),
                await shop.open(order, item("1", 1), {**odd, "reason": "unwanted"}),
            ]
            if quantity != 0:  # nothing of the line arrived
                answers.append(await shop.call("POST", receipts, {"lines": [odd]}, role="warehouse"))
            assert set(statuses(answers)) == {400}, quantity


@pytest.mark.scenario("S-54")
async def test_more_than_was_announced_is_kept_and_never_paid(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 1))).ok()
    return_id = opened["return"]["return_id"]
    answers = await asyncio.gather(
        *(shop.receive(return_id, {"1": 3, "2": 1, "of-another": 1}) for _ in range(3))
    )
    assert statuses(answers) == {201: 3}
    case = await shop.paid(order, return_id)
    assert (case["received"], sum(one["quantity"] for one in case["unexpected"])) == ({"1": 1}, 14)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


async def test_of_a_hundred_agents_one_decides_and_the_others_see_the_conflict(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(review_above={"GBP": 100})
    order = await shop.delivered()
    opened = (await shop.open(order, item("1", 1))).ok()
    path = f"/v1/returns/{opened['return']['return_id']}"
    version = (await shop.call("GET", path, role="agent")).ok().headers["ETag"]

    async def decide(number: int) -> ApiResponse:
        body = {"override": ("approve", "refuse")[number % 2], "reason": f"decided by agent {number}"}
        while True:
            sent = {"If-Match": version}
            answer = await shop.call("POST", f"{path}/overrides", body, role="agent", headers=sent)
            if answer.status not in (429, 503):  # too many at once for a machine under load: sent again
                return answer

    answers = await asyncio.gather(*(decide(number) for number in range(100)))
    assert statuses(answers) == {200: 1, 409: 99}
    lost = [answer for answer in answers if answer.status == 409]
    assert {answer["code"] for answer in lost} == {"version_conflict"}
    status = {one["return_id"]: one["status"] for one in lost[-1]["current"]["returns"]}
    assert status == {
        opened["return"]["return_id"]: next(a for a in answers if a.status == 200)["return"]["status"]
    }
    decided = [*await shop.timeline(order, "approve"), *await shop.timeline(order, "refuse")]
    assert len(decided) == 1
