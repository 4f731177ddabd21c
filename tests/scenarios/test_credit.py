"""Store credit: our own ledger, a bonus that is shown before the choice, and a day on which it expires."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.scenarios.crashing_deployment import CrashingDeployment
from tests.scenarios.helpers import ApiResponse, because, gbp, item
from tests.scenarios.paused_deployment import PausedDeployment
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]
WHO = {"customer_id": "c 1/ä", "name": "Zdzisława Testowa", "email": "zdzislawa.testowa@example.org"}
AT = "/v1/customers/c%201%2F%C3%A4/credit"


async def bought(shop: Shop, **changes: Any) -> tuple[str, str]:
    return await shop.bought(customer=WHO, **changes)


async def for_credit(shop: Shop, order: str, *items: dict[str, Any]) -> ApiResponse:
    return (await shop.open(order, *items, resolution="store_credit")).ok()


async def credited(shop: Shop, order: str, *items: dict[str, Any]) -> str:
    """A return that was dropped off and paid as store credit."""
    opened = await for_credit(shop, order, *items)
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    return_id: str = opened["return"]["return_id"]
    return return_id


async def lots(shop: Shop) -> list[tuple[int, datetime | None]]:
    """The customer's credit by the payment it came from: how much, and the last instant of its bonus."""
    lots_ = (await shop.call("GET", AT)).ok()["items"]
    if not lots_:
        return []
    [one] = lots_
    assert one["balance"]["minor"] == sum(lot["remaining"]["minor"] for lot in one["lots"])
    assert all((lot["expires_at"] is None) is (lot["part"] == "principal") for lot in one["lots"])
    by_leg: dict[str, tuple[int, datetime | None]] = {}
    for lot in one["lots"]:
        minor, ends = by_leg.get(lot["leg"], (0, None))
        ends = datetime.fromisoformat(lot["expires_at"]) if lot["expires_at"] else ends
        by_leg[lot["leg"]] = (minor + lot["remaining"]["minor"], ends)
    return list(by_leg.values())


async def figures(shop: Shop) -> dict[str, int]:
    summary = (await shop.call("GET", "/v1/reports/summary", role="agent")).ok()
    money: dict[str, int] = summary["money"]["GBP"]
    return {name: money[name] for name in ("captured", "refunded", "credit", "bonus")}


@pytest.mark.scenario("S-81")
async def test_no_reader_sees_a_credit_without_its_status_or_a_status_without_its_credit(
    paused_deployment: PausedDeployment, http: aiohttp.ClientSession
) -> None:
    """Read all the time, also while the money is reserved and not yet posted."""
    shop = await Shop.create(paused_deployment, http)
    readings: list[tuple[str, int, int]] = []
    done = asyncio.Event()

    def read_all() -> None:
        """One statement reads one snapshot: the leg's status, its credit and its bonus."""
        query = """SELECT status,
            (SELECT coalesce(sum(granted), 0) FROM credit_lots WHERE leg = legs.key),
            (SELECT coalesce(-sum(minor), 0) FROM ledger_postings p JOIN ledger_entries e ON p.entry = e.id
             WHERE e.key = 'post/' || legs.key AND p.account LIKE 'credit/%')
            FROM legs WHERE merchant = ?"""
        with shop.deployment.reader() as reader:
            while not done.is_set():
                readings.extend(reader.rows(query, shop.name))
            readings.extend(reader.rows(query, shop.name))

    looking = asyncio.create_task(asyncio.to_thread(read_all))
    try:
        order, _ = await bought(shop)
        for _ in range(3):
            paused_deployment.pause_at("pay.reserved")
            paying = asyncio.create_task(credited(shop, order, item()))
            await paused_deployment.until_paused("pay.reserved")
            reads = len(readings)
            while not {*readings[reads:]} >= {("reserved", 0, 0)}:
                await asyncio.sleep(0.01)
            paused_deployment.resume("pay.reserved")
            return_id = await paying
            assert len(await lots(shop)) == len((await shop.view(order))["returns"]), return_id
    finally:
        done.set()
        await looking
    assert {*readings} == {("reserved", 0, 0), ("settled", 1320, 1320)}


@pytest.mark.scenario("S-81", "S-82", "S-94")
async def test_a_worker_that_dies_right_after_the_credit_was_issued_issues_no_second(
    crashing_deployment: CrashingDeployment, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.create(crashing_deployment, http)
    order, payment = await bought(shop)
    crashing_deployment.kill_worker_at("pay.posted")
    opened = await for_credit(shop, order, item("1", 2))
    (await shop.drop_off(opened)).ok()
    view = await shop.until(order, lambda view: view["returns"][0]["money"] == "paid", seconds=30)
    assert crashing_deployment.fired("pay.posted")
    assert view["refunded"] == gbp(2400)
    assert [amount for amount, _ in await lots(shop)] == [2640]
    assert await figures(shop) == {"captured": 6995, "refunded": 0, "credit": 2640, "bonus": 240}
    assert await shop.refunds(payment) == []


@pytest.mark.scenario("S-82")
async def test_scans_and_receipts_of_one_return_at_once_issue_one_credit(shop: Shop) -> None:
    order, _ = await bought(shop)
    opened = await for_credit(shop, order, item("1", 2))
    return_id = opened["return"]["return_id"]
    scans = [shop.drop_off(opened, nonce=f"n-{n}") for n in range(3)]
    await asyncio.gather(*scans, *(shop.receive(return_id) for _ in range(3)))
    await shop.paid(order, return_id)
    assert [amount for amount, _ in await lots(shop)] == [2640]
    assert (await figures(shop))["bonus"] == 240


@pytest.mark.scenario("S-82")
async def test_two_returns_settled_at_once_are_two_credits_of_one_customer(shop: Shop) -> None:
    order, _ = await bought(shop)
    first, second = [await for_credit(shop, order, item("1", units)) for units in (1, 2)]
    await asyncio.gather(shop.drop_off(first), shop.drop_off(second))
    for opened in (first, second):
        await shop.paid(order, opened["return"]["return_id"])
    assert sorted(amount for amount, _ in await lots(shop)) == [1320, 2640]


@pytest.mark.scenario("S-83")
async def test_the_bonus_is_shown_before_the_choice_and_paid_to_those_who_choose_credit_only(
    shop: Shop,
) -> None:
    order, payment = await bought(shop)
    quote = (await shop.quote(order, item("1", 2))).ok()
    shown = quote["quote"]
    assert (shown["refund"], shown["credit_bonus"], shown["credit_days"]) == (gbp(2400), gbp(240), 365)
    opened = await shop.open(order, item("1", 2), quote=quote["token"], resolution="store_credit")
    assert opened.ok()["return"]["credit_bonus"] == gbp(240)
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    assert await lots(shop) == [(2640, START + timedelta(days=365))]
    [notice] = await shop.notices(order, "refunded")
    assert (notice["details"]["amount"], notice["details"]["credit"], notice["details"]["bonus"]) == (
        2400,
        2400,
        240,
    )

    refund = (await shop.open(order, item("2"))).ok()
    (await shop.drop_off(refund)).ok()
    case = await shop.paid(order, refund["return"]["return_id"])
    assert case["settlements"][0]["legs"][0]["bonus"] == gbp(0)
    assert [one["amount"] for one in await shop.refunds(payment)] == [2900]
    assert await figures(shop) == {"captured": 6995, "refunded": 2900, "credit": 2640, "bonus": 240}


@pytest.mark.scenario("S-83")
async def test_the_bonus_is_capped_also_over_the_parts_in_which_goods_arrive(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt", credit={"bonus": 2000, "cap": {"GBP": 100}, "days": 10})
    order, _ = await bought(shop)
    opened = await for_credit(shop, order, item("1", 3))
    assert opened["return"]["credit_bonus"] == gbp(100)
    for arrived in range(1, 4):
        (await shop.receive(opened["return"]["return_id"], {"1": 1})).ok()
        await shop.until(order, lambda view, arrived=arrived: view["refunded"] == gbp(1200 * arrived))
    assert sorted(amount for amount, _ in await lots(shop)) == [1233, 1233, 1234]
    assert (await figures(shop))["bonus"] == 100


@pytest.mark.scenario("S-83")
async def test_a_bonus_that_was_not_used_ends_on_its_day_and_the_rest_never(create_shop: CreateShop) -> None:
    shop = await create_shop(credit={"bonus": 1000, "cap": {"GBP": 5000}, "days": 40})
    order, _ = await bought(shop)
    await credited(shop, order, item("1", 2))
    await shop.advance_clock(days=10)
    await credited(shop, order, item("2"))
    second = (3190, START + timedelta(days=50))
    assert await lots(shop) == [(2640, START + timedelta(days=40)), second]
    await shop.advance_clock(days=29, hours=23, minutes=59)
    assert len(await lots(shop)) == 2
    await shop.advance_clock(minutes=1)
    assert await lots(shop) == [second, (2400, None)]  # what was the customer's own money stays
    assert (await figures(shop))["credit"] == 3190 + 2400
    await shop.advance_clock(days=10)
    assert sorted(amount for amount, _ in await lots(shop)) == [2400, 2900]
    assert (await figures(shop))["credit"] == 5300


@pytest.mark.scenario("S-83")
async def test_a_letter_names_what_is_left_of_a_bonus_before_it_expires_and_none_of_what_was_spent(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(credit={"bonus": 1000, "cap": {"GBP": 5000}, "days": 40, "expiry_notices": [7]})
    order, _ = await bought(shop)
    await credited(shop, order, item("1", 2))
    (await redeem(shop, 100, "cart-1", key="k1")).ok()
    await shop.advance_clock(days=33)
    notice = await shop.until_notice(order, "credit_expiring")
    assert (notice["details"]["amount"], notice["details"]["currency"]) == (140, "GBP")
    ends = datetime.fromisoformat(notice["details"]["expires"])
    assert ends == START + timedelta(days=40)


@pytest.mark.scenario("S-83")
async def test_a_senior_agent_who_cancels_a_return_takes_its_credit_back_with_the_bonus(shop: Shop) -> None:
    order, _ = await bought(shop)
    kept = await credited(shop, order, item("2"))
    return_id = await credited(shop, order, item("1", 3))
    assert sorted(amount for amount, _ in await lots(shop)) == [3190, 3960]
    at, why = f"/v1/returns/{return_id}/cancel", {"reason": "empty box"}
    async with shop.nothing_changes(order):
        for role, reason in (("storefront", "return_under_way"), ("agent", "role_too_low")):
            no = await shop.call("POST", at, why, role=role)
            assert (no.status, no.reasons) == (422, [reason])
    (await shop.call("POST", at, why, role="senior_agent")).ok()
    view = await shop.until(order, lambda view: view["returns"][1]["money"] == "reversed")
    assert view["returns"][1]["status"] == "cancelled"
    assert view["returns"][0]["return_id"] == kept
    assert (view["returns"][0]["money"], view["refunded"]) == ("paid", gbp(2900))
    assert [amount for amount, _ in await lots(shop)] == [3190]
    assert await figures(shop) == {"captured": 6995, "refunded": 0, "credit": 3190, "bonus": 290}
    [line] = [line for line in await shop.timeline(order, "return_cancelled") if line["role"] is not None]
    assert (line["role"], line["text"]) == ("senior_agent", "empty box")
    [notice] = await shop.notices(order, "credit_reversed")
    assert (notice["details"]["amount"], notice["details"]["bonus"]) == (3600, 360)
    await credited(shop, order, item("1", 3))
    assert sorted(amount for amount, _ in await lots(shop)) == [3190, 3960]


@pytest.mark.scenario("S-83")
async def test_money_that_went_to_a_card_is_never_taken_back(shop: Shop) -> None:
    order, payment = await bought(shop)
    opened = (await shop.open(order, item())).ok()
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    at = f"/v1/returns/{opened['return']['return_id']}/cancel"
    async with shop.nothing_changes(order):
        no = await shop.call("POST", at, {"reason": "empty box"}, role="senior_agent")
    assert (no.status, no.reasons) == (422, ["money_already_sent"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


async def redeem(shop: Shop, minor: int, reference: str, key: str, at: str = AT, **who: Any) -> ApiResponse:
    body = {"reference": reference, "amount": gbp(minor)}
    return await shop.call("POST", f"{at}/redemptions", body, key=key, **who)


@pytest.mark.scenario("S-82")
async def test_of_many_who_spend_the_same_credit_at_once_only_what_is_there_is_spent(shop: Shop) -> None:
    order, _ = await bought(shop)
    await credited(shop, order, item("1", 1))
    had = sum(minor for minor, _ in await lots(shop))
    assert had == 1320
    spent = await asyncio.gather(*(redeem(shop, 400, f"cart-{n}", key=f"k{n}") for n in range(8)))
    assert sorted(one.status for one in spent) == [201] * 3 + [422] * 5
    short = next(one for one in spent if one.status == 422)
    assert short.body["reasons"] == [because("insufficient_credit", {"requested": 400, "available": 120})]
    assert [minor for minor, _ in await lots(shop)] == [120]


@pytest.mark.scenario("S-82")
async def test_a_reference_is_redeemed_once_under_any_idempotency_key(shop: Shop) -> None:
    order, _ = await bought(shop)
    await credited(shop, order, item("1", 1))
    same = await asyncio.gather(*(redeem(shop, 500, "cart-1", key=f"k{n}") for n in range(6)))
    assert sorted(one.status for one in same) == [200] * 5 + [201]
    assert {one["remaining"]["minor"] for one in same} == {820}
    assert (await redeem(shop, 501, "cart-1", key="k7")).body["code"] == "redemption_conflict"
    other = await redeem(shop, 500, "cart-1", key="k8", at="/v1/customers/somebody/credit")
    assert other.body["code"] == "redemption_conflict"
    audit = await shop.call("GET", "/v1/audit?limit=100", role="senior_agent")
    lines = [one for one in audit.ok()["items"] if one["action"] == "credit_redeemed"]
    assert [(line["subject"], line["details"]) for line in lines] == [
        ("cart-1", {"amount": 500, "currency": "GBP"})
    ]


@pytest.mark.scenario("S-83")
async def test_spent_credit_is_not_taken_back_and_ended_credit_is_not_spent(shop: Shop) -> None:
    order, _ = await bought(shop)
    return_id = await credited(shop, order, item("1", 1))
    (await redeem(shop, 1320, "cart-1", key="k1")).ok()
    path = f"/v1/returns/{return_id}/cancel"
    (await shop.call("POST", path, {"reason": "empty box"}, role="senior_agent")).ok()
    [question] = await until_asked(shop, order)
    assert question["kind"] == "payment_failed"
    second, _ = await bought(shop)
    await credited(shop, second, item("1", 1))
    [(minor, ends)] = await lots(shop)
    assert ends is not None
    await shop.set_clock(ends)
    late = await redeem(shop, minor, "cart-2", key="k2")
    assert late.body["reasons"][0]["details"] == {"requested": 1320, "available": 0}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reference": "r", "amount": gbp(0)}, 400),
        ({"reference": "r", "amount": gbp(-5)}, 400),
        ({"reference": "", "amount": gbp(5)}, 400),
        ({"amount": gbp(5)}, 400),
        ({"reference": "r", "amount": {"minor": 5, "currency": "EUR"}}, 422),
    ],
)
async def test_a_redemption_that_is_refused_changes_nothing(
    body: dict[str, Any], status: int, shop: Shop
) -> None:
    order, _ = await bought(shop)
    await credited(shop, order, item("1", 1))
    before = await lots(shop)
    assert (await shop.call("POST", f"{AT}/redemptions", body, key="k")).status == status
    assert (await shop.call("POST", f"{AT}/redemptions", body, key="k", role="agent")).status == 403
    assert await lots(shop) == before


async def until_asked(shop: Shop, order: str) -> list[dict[str, Any]]:
    await shop.until(order, lambda view: view["attention"])
    return await shop.attention_items(order)
