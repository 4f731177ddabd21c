"""The provider's list against the ledger: each difference is found once, has an owner, and nothing is repaired."""

import asyncio
import secrets
from typing import Any

import aiohttp
import pytest
from temporalio.client import Client

from runtime.processes.nightly_schedule import SCHEDULE_ID
from tests.scenarios.admins import until
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])


async def refunded(shop: Shop) -> tuple[str, str]:
    """An order with one refund of 12.00; our id of it, and its payment."""
    order, payment = await shop.bought()
    opened = (await shop.open(order, item())).ok()
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    return order, payment


async def at_the_provider(shop: Shop, payment: str, amount: int, leg: str = "") -> str:
    """A refund that somebody else makes there; its id."""
    body = {
        "payment": payment, "account": shop.name, "amount": amount, "currency": "GBP", "metadata": {"leg": leg} if leg else {},
    }  # fmt: skip
    url = shop.deployment.addresses["psp"] + "/refunds"
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    async with shop.http.post(url, json=body, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        return str((await answer.json())["id"])


async def reconcile(shop: Shop, *words: str) -> tuple[int, str]:
    where = ("--data", str(shop.deployment.data))
    code, out, err = await smot("reconcile", "payments", shop.name, *words, *where, env=shop.deployment.env)
    assert code in (0, 1), err
    return code, out


async def differences(shop: Shop, status: str = "open") -> list[dict[str, Any]]:
    path = f"/v1/payments/differences?status={status}"
    found: list[dict[str, Any]] = (await shop.call("GET", path, role="finance")).ok()["items"]
    return found


async def test_lists_that_agree_have_no_difference(shop: Shop) -> None:
    await asyncio.gather(*(refunded(shop) for _ in range(2)))
    code, out = await reconcile(shop)
    assert (code, out.strip()) == (
        0,
        f"{shop.name}: 2 refunds at sandbox, 2 in the ledger, 0 of no order here; 0 differ, 0 of them new, 0 gone",
    )
    assert await differences(shop) == []


async def test_each_difference_is_one_question_to_finance_until_it_is_closed(shop: Shop) -> None:
    order, payment = await refunded(shop)
    before = await shop.view(order)
    made = await at_the_provider(shop, payment, 500)
    [mine] = [one for one in await shop.refunds(payment) if one["metadata"].get("leg")]
    twice = await at_the_provider(shop, payment, 1200, mine["metadata"]["leg"])
    for new in ("2 of them new", "0 of them new"):
        code, out = await reconcile(shop)
        assert (code, f"2 differ, {new}" in out) == (1, True), out
    found = {one["kind"]: one for one in await differences(shop)}
    assert found.keys() == {"missing_here", "paid_twice"}
    outside = found["missing_here"]
    assert (
        outside.items()
        >= {"reference": made, "payment": payment, "order": order, "ledger": None, "owner": "finance"}.items()
    )
    assert outside["at_provider"] == {"amount": {"minor": 500, "currency": "GBP"}, "state": "settled"}
    assert found["paid_twice"]["reference"] == twice
    asked = (await shop.call("GET", "/v1/attention?owner=finance", role="finance")).ok()["items"]
    assert {one["subject"] for one in asked} == {one["id"] for one in found.values()}
    assert {(one["kind"], one["order"], one["default"]) for one in asked} == {
        ("payment_difference", None, "remind")
    }
    assert (await shop.view(order))["refunded"] == before["refunded"], "nothing is repaired"

    path = f"/v1/payments/differences/{outside['id']}/closings"
    assert (await shop.call("POST", path, {"reason": "ok"}, role="finance")).status == 400
    assert (
        await shop.call("POST", path, {"reason": "made in the dashboard"}, role="warehouse")
    ).status == 403
    closed = (await shop.call("POST", path, {"reason": "made in the dashboard"}, role="finance")).ok()
    assert (closed["closed_by"], closed["note"]) == ("finance", "made in the dashboard")
    assert (await shop.call("POST", path, {"reason": "once more"}, role="finance")).status == 404
    await reconcile(shop)
    assert [one["kind"] for one in await differences(shop)] == ["paid_twice"]
    assert [one["id"] for one in await differences(shop, "closed")] == [outside["id"]]


@ON_SQLITE
async def test_refunds_of_payments_that_no_order_has_are_counted_only(shop: Shop) -> None:
    await refunded(shop)
    await at_the_provider(shop, await shop.pay(700), 700)
    code, out = await reconcile(shop)
    assert (code, "1 of no order here; 0 differ" in out) == (0, True)


@ON_SQLITE
@pytest.mark.scenario("S-71")
async def test_a_late_failure_of_which_no_webhook_came_is_told_to_the_order_too(shop: Shop) -> None:
    order, payment = await refunded(shop)
    [made] = await shop.refunds(payment)
    url = f"{shop.deployment.addresses['psp']}/refunds/{made['id']}/state"
    async with shop.http.post(url, json={"status": "failed", "reason": "account_closed"}) as answer:
        assert answer.status == 200, await answer.text()
    code, out = await reconcile(shop)
    assert (code, "1 differ, 1 of them new" in out) == (1, True), out
    view = await shop.until(order, lambda view: bool(view["attention"]))
    leg = view["returns"][0]["settlements"][0]["legs"][0]
    assert (leg["status"], [one["kind"] for one in view["attention"]]) == ("reversed", ["refund_returned"])
    assert [one["kind"] for one in await differences(shop)] == ["failed_there"]
    code, out = await reconcile(shop)
    assert (code, "0 differ, 0 of them new, 1 gone" in out) == (0, True), out


@ON_SQLITE
async def test_a_schedule_compares_every_night(
    own_deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.create(own_deployment, http)
    _, payment = await refunded(shop)
    made = await at_the_provider(shop, payment, 500)
    temporal = await Client.connect(shop.deployment.addresses["temporal"])
    nightly = temporal.get_schedule_handle(SCHEDULE_ID)
    described = await nightly.describe()
    assert [one.hour[0].start for one in described.schedule.spec.calendars] == [2]
    await nightly.trigger()

    async def found() -> list[dict[str, Any]] | None:
        return await differences(shop) or None

    [difference] = await until(found)
    assert (difference["kind"], difference["reference"]) == ("missing_here", made)
