"""Floods with what an end customer or a partner has: each meets its own quota, and others are served."""

import re

from runtime.config.settings import Settings
from tests.scenarios.carrier_events import shipped
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop
from tests.scenarios.test_notices_preferences import ADA, NOON


async def test_one_link_to_unsubscribe_is_used_some_times_and_then_waits(shop: Shop) -> None:
    order, _ = await shipped(shop, customer=ADA)
    await shop.set_clock(NOON)
    [notice] = await shop.notices(order, "delayed")
    [token] = re.findall(r"https://shop\.example/v1/unsubscribe/(\S+)", notice["text"])
    url = f"{shop.deployment.addresses['api']}/v1/unsubscribe/{token}"
    statuses = []
    for _ in range(25):
        async with shop.http.post(url, data="List-Unsubscribe=One-Click") as answer:
            statuses.append(answer.status)
    assert statuses == [200] * 20 + [429] * 5
    assert answer.content_type == "application/problem+json"
    assert 0 < int(answer.headers["Retry-After"]) <= 60


async def test_a_partner_that_guesses_codes_waits_and_another_one_does_not(shop: Shop) -> None:
    amount = int(Settings.model_fields["rate_unknown_codes"].default.partition("/")[0])
    guess = {"code": "AAAA-AAAA", "location_id": "bar-7", "nonce": "n"}
    statuses = [
        (await shop.call("POST", "/v1/drop-offs/scans", guess, role="partner")).status
        for _ in range(amount + 5)
    ]
    assert statuses == [404] * amount + [429] * 5
    braked = await shop.call("POST", "/v1/drop-offs/scans", guess, role="partner")
    problem(braked, 429, "rate_limited")
    assert int(braked.headers["Retry-After"]) > 0
