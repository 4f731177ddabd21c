"""A customer finds their order: the answer says nothing, the link goes by mail, works once, and says why where it does not."""

import asyncio
import re
import secrets
import time
from typing import Any

import pytest

from services.orders.lookup import ANSWER_AFTER
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
EMAIL = "zdzislawa.testowa@example.org"
_CLIENT = "203.0.113."


async def find_order(shop: Shop, number: str, proof: str) -> ApiResponse:
    body = {"merchant": shop.name, "number": number, "proof": proof}
    return await shop.call("POST", "/v1/order-lookups", body)


async def placed(shop: Shop) -> tuple[str, str]:
    """Our id of an order, and its number."""
    number = f"#{secrets.token_hex(4)}"
    return await shop.place(order_id=number), number


async def the_link(shop: Shop, order: str) -> str:
    """The token of the newest letter: the mailbox of a sandbox merchant keeps links whole."""
    notice = await shop.until_notice(order, "order_link")
    found = re.search(r"/f/(once_\S+)", notice["text"])
    assert found, notice["text"]
    return found[1]


@pytest.mark.parametrize("proof", [EMAIL, EMAIL.upper(), "n19gu"])
async def test_the_right_proof_brings_a_link_that_works_once(shop: Shop, proof: str) -> None:
    order, number = await placed(shop)
    (await find_order(shop, number.removeprefix("#").upper(), proof)).ok()
    path = f"/v1/order-links/{await the_link(shop, order)}"
    links = await asyncio.gather(*(shop.call("POST", path) for _ in range(3)))
    assert sorted(one.status for one in links) == [201, 404, 404]
    token = next(one["token"] for one in links if one.status == 201)
    view = (await shop.call("GET", f"/v1/orders/{order}", token=token)).ok()
    assert view["number"] == number
    again = await shop.call("POST", path)
    problem(again, 404, "not_found")
    assert "each link works once" in again["detail"]


async def test_a_hit_and_a_miss_have_one_answer_after_the_same_time(shop: Shop, create_shop: Any) -> None:
    order, number = await placed(shop)
    other: Shop = await create_shop()
    times, bodies = [], []
    for number_, proof in (
        (number, EMAIL),
        (number, "someone@example.org"),
        (number, "N1 9GX"),
        ("#0", EMAIL),
    ):
        began = time.monotonic()
        bodies.append((await find_order(shop, number_, proof)).ok().body)
        times.append(time.monotonic() - began)
    bodies.append((await find_order(other, number, EMAIL)).ok().body)
    unknown = {"merchant": "no-such-shop", "number": number, "proof": EMAIL}
    bodies.append((await shop.call("POST", "/v1/order-lookups", unknown)).ok().body)
    assert bodies == [{"minutes": 30}] * 6
    assert min(times) >= ANSWER_AFTER
    await shop.until_notice(order, "order_link")
    assert len(await shop.notices(order, "order_link")) == 1, "only the hit wrote a letter"
    assert shop.deployment.rows("SELECT COUNT(*) FROM person_keys WHERE merchant = 'no-such-shop'") == [(0,)]


async def test_a_link_that_was_ended_or_changed_says_what_to_do(shop: Shop) -> None:
    order, number = await placed(shop)
    (await find_order(shop, number, EMAIL)).ok()
    token = await the_link(shop, order)
    (await shop.call("DELETE", f"/v1/orders/{order}/customer-links")).ok()
    ended = await shop.call("POST", f"/v1/order-links/{token}")
    problem(ended, 404, "not_found")
    assert "The shop has ended it" in ended["detail"]
    for wrong in (token[:-1], "once_x", f"cust_{token}"):
        problem(await shop.call("POST", f"/v1/order-links/{wrong}"), 404, "not_found")


async def test_guesses_confirm_nothing_and_end_at_the_limits(shop: Shop) -> None:
    order, number = await placed(shop)
    guesses = [find_order(shop, number, f"guess{guess}@example.org") for guess in range(25)]
    answers = await asyncio.gather(*guesses)
    accepted = [one for one in answers if one.status == 202]
    refused = [one for one in answers if one.status == 429]
    assert len(accepted) + len(refused) == 25
    assert len(accepted) <= 10, "ten for one order in an hour, from all networks together"
    assert {str(one.body) for one in accepted} == {"{'minutes': 30}"}
    problem(refused[0], 429, "rate_limited")
    assert await shop.notices(order, "order_link") == []
