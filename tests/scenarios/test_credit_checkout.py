"""Store credit at a checkout: authorized, captured, voided, refunded; given and taken by staff; claimed by a guest."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.scenarios.helpers import ApiResponse, because, gbp
from tests.scenarios.shop import Shop

AT = "/v1/customers/cus-7/credit"


async def give(shop: Shop, minor: int, reference: str = "adj-1", at: str = AT, **more: Any) -> ApiResponse:
    body = {"reference": reference, "direction": "increase", "amount": gbp(minor), "reason": "a gift", **more}
    return await shop.call("POST", f"{at}/adjustments", body, key=reference, role="senior_agent")


async def authorize(shop: Shop, minor: int, reference: str, **more: Any) -> ApiResponse:
    body = {"reference": reference, "amount": gbp(minor), "capture": "manual", **more}
    return await shop.call("POST", f"{AT}/redemptions", body, key=f"key-{reference}")


async def step(shop: Shop, reference: str, name: str, body: Any = None, at: str = AT) -> ApiResponse:
    return await shop.call("POST", f"{at}/redemptions/{reference}/{name}", body)


async def balance(shop: Shop, at: str = AT) -> int:
    found = (await shop.call("GET", at)).ok()["items"]
    assert all(
        sum(lot["remaining"]["minor"] for lot in one["lots"]) == one["balance"]["minor"] for one in found
    )
    return sum(one["balance"]["minor"] for one in found)


@pytest.mark.scenario("S-82")
async def test_an_authorization_is_captured_in_part_and_the_remainder_is_kept(shop: Shop) -> None:
    (await give(shop, 1000)).ok()
    held = (await authorize(shop, 700, "cart-1")).ok()
    assert (held["status"], held["remaining"], await balance(shop)) == ("authorized", gbp(300), 300)
    taken = await step(shop, "cart-1", "captures", {"amount": gbp(450)})
    assert (taken.status, taken["status"], taken["captured"]) == (201, "captured", gbp(450))
    again = await step(shop, "cart-1", "captures", {"amount": gbp(450)})
    assert (again.status, again["captured"], await balance(shop)) == (200, gbp(450), 550)
    other = await step(shop, "cart-1", "captures", {"amount": gbp(100)})
    assert other.body["reasons"] == [because("redemption_closed", {"status": "captured"})]
    assert (await step(shop, "cart-1", "voids")).reasons == ["redemption_closed"]
    back = await step(shop, "cart-1", "refunds", {"reference": "rf-1", "amount": gbp(200)})
    assert (back.status, back["refunded"], await balance(shop)) == (201, gbp(200), 750)
    assert (await step(shop, "cart-1", "refunds", {"reference": "rf-1", "amount": gbp(200)})).status == 200
    more = await step(shop, "cart-1", "refunds", {"reference": "rf-2", "amount": gbp(251)})
    assert more.reasons == ["more_than_redeemed"]
    assert await balance(shop) == 750


async def test_an_authorization_is_voided_or_ends_by_itself_and_the_credit_is_there_again(shop: Shop) -> None:
    (await give(shop, 1000)).ok()
    (await authorize(shop, 600, "cart-1")).ok()
    short = await authorize(shop, 600, "cart-2")
    assert short.body["reasons"] == [because("insufficient_credit", {"requested": 600, "available": 400})]
    assert [(await step(shop, "cart-1", "voids")).status for _ in range(2)] == [201, 200]
    assert await balance(shop) == 1000
    (await authorize(shop, 1000, "cart-3", hold_minutes=30)).ok()
    await shop.advance_clock(minutes=30)
    assert (await shop.call("GET", f"{AT}/redemptions/cart-3")).ok()["status"] == "expired"
    assert (await step(shop, "cart-3", "captures")).reasons == ["redemption_closed"]
    assert await balance(shop) == 1000


@pytest.mark.scenario("S-88")
async def test_staff_give_and_take_credit_once_with_a_reason_and_never_what_is_authorized(shop: Shop) -> None:
    (await give(shop, 1000)).ok()
    assert (await give(shop, 1000)).ok()["remaining"] == gbp(1000)
    assert (await give(shop, 900)).body["code"] in ("redemption_conflict", "idempotency_key_reused")
    (await authorize(shop, 800, "cart-1")).ok()
    take = {"reference": "adj-2", "direction": "decrease", "amount": gbp(300), "reason": "given by mistake"}
    no = await shop.call("POST", f"{AT}/adjustments", take, role="senior_agent")
    assert no.body["reasons"] == [because("insufficient_credit", {"requested": 300, "available": 200})]
    for role in ("agent", "storefront"):
        assert (await shop.call("POST", f"{AT}/adjustments", take, role=role)).status == 403
    done = await shop.call("POST", f"{AT}/adjustments", {**take, "amount": gbp(200)}, role="senior_agent")
    assert (done.status, done["remaining"], await balance(shop)) == (201, gbp(0), 0)
    audit = (await shop.call("GET", "/v1/audit?limit=100", role="senior_agent")).ok()["items"]
    reasons = [one["details"]["reason"] for one in audit if one["action"] == "credit_adjusted"]
    assert reasons == ["a gift", "given by mistake"]


@pytest.mark.scenario("S-85")
async def test_a_guests_credit_is_claimed_once_and_what_was_spent_follows(shop: Shop) -> None:
    guest, owner = "/v1/customers/guest%40example.org/credit", "/v1/customers/c-1/credit"
    (await give(shop, 1000, at=guest)).ok()
    body = {"reference": "cart-1", "amount": gbp(400)}
    (await shop.call("POST", f"{guest}/redemptions", body, key="k1")).ok()
    link = (await shop.call("POST", f"{guest}/claim-links")).ok()
    assert "guest" not in link["token"]
    claim = {"token": link["token"], "customer": "c-1"}
    answers = [await shop.call("POST", "/v1/credit-claims", claim) for _ in range(2)]
    assert [one.status for one in answers] == [201, 200]
    assert (await balance(shop, guest), await balance(shop, owner)) == (0, 600)
    other = await shop.call("POST", "/v1/credit-claims", {**claim, "customer": "c-2"})
    forged = await shop.call("POST", "/v1/credit-claims", {**claim, "token": link["token"] + "x"})
    assert [one.reasons for one in (other, forged)] == [["claim_link_unusable"]] * 2
    back = {"reference": "rf-1", "amount": gbp(400)}
    (await step(shop, "cart-1", "refunds", back, at=guest)).ok()
    assert (await balance(shop, guest), await balance(shop, owner)) == (0, 1000)


async def test_of_many_checkouts_that_want_the_last_unit_one_gets_it_and_steps_count_once(shop: Shop) -> None:
    (await give(shop, 500)).ok()
    wanted = await asyncio.gather(*(authorize(shop, 500, f"cart-{n}") for n in range(8)))
    assert Counter(one.status for one in wanted) == {201: 1, 422: 7}
    won = next(one["reference"] for one in wanted if one.status == 201)
    ends = await asyncio.gather(
        *(step(shop, won, "captures", {"amount": gbp(100 + n)}) for n in range(4)),
        *(step(shop, won, "voids") for _ in range(4)),
    )
    assert Counter(one.status for one in ends)[201] == 1
    stands = (await shop.call("GET", f"{AT}/redemptions/{won}")).ok()
    assert await balance(shop) == 500 - stands["captured"]["minor"]


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("redemptions/cart-1/captures", {"amount": gbp(0)}, 400),
        ("redemptions/cart-1/captures", {"amount": gbp(-1)}, 400),
        ("redemptions/cart-1/captures", {"amount": {"minor": 1.5, "currency": "GBP"}}, 400),
        ("redemptions/cart-1/captures", {"amount": {"minor": 5, "currency": "EUR"}}, 422),
        ("redemptions/cart-1/captures", {"amount": gbp(501)}, 422),
        ("redemptions/nobody/captures", None, 404),
        ("redemptions/cart-1/refunds", {"reference": "r", "amount": gbp(1)}, 422),
        ("adjustments", {"reference": "a", "direction": "increase", "amount": gbp(0), "reason": "abc"}, 400),
        ("adjustments", {"reference": "a", "direction": "up", "amount": gbp(1), "reason": "abc"}, 400),
        ("adjustments", {"reference": "a", "direction": "increase", "amount": gbp(1), "reason": ""}, 400),
    ],
)
async def test_what_is_refused_changes_nothing(shop: Shop, path: str, body: Any, status: int) -> None:
    (await give(shop, 1000)).ok()
    (await authorize(shop, 500, "cart-1")).ok()
    role = "senior_agent" if path == "adjustments" else "storefront"
    assert (await shop.call("POST", f"{AT}/{path}", body, role=role)).status == status
    elsewhere = f"/v1/customers/another/credit/{path}"
    if "redemptions" in path:
        assert (await shop.call("POST", elsewhere, body, role=role)).status in (400, 404)
    stands = (await shop.call("GET", f"{AT}/redemptions/cart-1")).ok()
    assert (stands["status"], await balance(shop)) == ("authorized", 500)
