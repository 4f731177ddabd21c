"""Webhooks of payment providers: kept once, judged by the ledger, and nothing booked that is not ours to book."""

import json
import secrets
from typing import Any

import pytest

from tests.scenarios.admins import as_admin, until
from tests.scenarios.helpers import ApiResponse, gbp
from tests.scenarios.shop import START, Shop
from tests.scenarios.test_payment_accounts import SANDBOX
from tests.scenarios.test_reconcile_payments import differences, refunded

ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
SECRET: str = SANDBOX["keys"]["webhook_secret"]


async def send(
    shop: Shop, body: dict[str, Any], *, delivery: str | None = None, secret: str = SECRET, merchant: str = ""
) -> ApiResponse:
    raw = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **shop.standard_signature(raw, delivery, secret)}
    url = f"{shop.deployment.addresses['api']}/v1/webhooks/payments/sandbox/{merchant or shop.name}"
    async with shop.http.post(url, data=raw, headers=headers) as answer:
        return ApiResponse(answer.status, await answer.json(), answer.headers)


def refund(payment: str, amount: Any, **changes: Any) -> dict[str, Any]:
    data = {
        "id": f"re_{secrets.token_hex(6)}", "payment": payment, "amount": amount, "currency": "GBP", "status": "succeeded",
        "at": START.isoformat(), **changes,
    }  # fmt: skip
    return {"type": "refund", "data": data}


async def with_account(shop: Shop) -> Shop:
    (await as_admin(shop, "PUT", "/payments/sandbox", SANDBOX)).ok()
    return shop


async def inbox(shop: Shop, status: str, wanted: int = 1) -> list[dict[str, Any]]:
    """The provider's deliveries of that status, once there are so many."""
    path = f"/v1/inbox?source=payments/sandbox&status={status}"

    async def found() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = (await shop.call("GET", path, role="agent")).ok()["items"]
        return items if len(items) >= wanted else None

    return await until(found)


@ON_SQLITE
async def test_without_a_secret_of_the_account_every_message_is_refused_alike(shop: Shop) -> None:
    body = refund("pay_1", 100)
    refused = [await send(shop, body), await send(shop, body, merchant="nobody")]
    await with_account(shop)
    refused.append(await send(shop, body, secret="whsec_" + "b3RoZXItc2VjcmV0LW90aGVy"))
    assert {(one.status, one["code"]) for one in refused} == {(401, "signature_invalid")}
    assert (await send(shop, body)).status == 202


async def test_a_refund_that_somebody_made_at_the_provider_shrinks_what_is_left(shop: Shop) -> None:
    await with_account(shop)
    order, payment = await shop.bought()
    message = refund(payment, 1200)
    answers = [await send(shop, message, delivery="evt_1") for _ in range(2)]
    answers.append(await send(shop, message, delivery="evt_2"))
    assert [(one.status, one["duplicate"]) for one in answers] == [(202, False), (202, True), (202, False)]
    await inbox(shop, "done", 2)
    view = await shop.until(order, lambda view: view["refunded"] == gbp(1200))
    assert view["captured"]["minor"] - view["refunded"]["minor"] == 5795
    assert await differences(shop) == []


async def test_a_message_about_an_unknown_payment_waits_for_its_order(shop: Shop) -> None:
    await with_account(shop)
    body = await shop.order_body()
    payment = body["tenders"][0]["payment"]
    (await send(shop, refund(payment, 500))).ok()
    [waiting] = await inbox(shop, "parked")
    assert (waiting["reason"], waiting["source"]) == ("payment_unknown", "payments/sandbox")
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.until(order, lambda view: view["refunded"] == gbp(500))
    await inbox(shop, "done")


async def test_what_contradicts_the_ledger_is_a_question_and_books_nothing(shop: Shop) -> None:
    await with_account(shop)
    order, payment = await refunded(shop)
    other, _ = await shop.bought()
    [made] = await shop.refunds(payment)
    key, before = made["metadata"]["leg"], await shop.view(order)
    for wrong in (
        refund(payment, 1100, id=made["id"], metadata={"leg": key}),
        refund(payment, 1200, metadata={"leg": key}),
        refund(payment, 1200, metadata={"leg": "somebody-else/return/ret_1/1/x/1"}),
        refund(payment, 1200, metadata={"leg": f"{shop.name}/return/ret_1/1/x/1"}),
    ):
        (await send(shop, wrong)).ok()
    await inbox(shop, "done", 4)
    assert sorted(one["kind"] for one in await differences(shop)) == [
        "missing_here",
        "other_account",
        "other_amount",
        "paid_twice",
    ]
    assert await shop.view(order) == before
    assert (await shop.view(other))["refunded"] == gbp(0)
    asked = (await shop.call("GET", "/v1/attention?owner=finance", role="finance")).ok()["items"]
    assert {one["kind"] for one in asked} == {"payment_difference"}


@ON_SQLITE
async def test_a_message_for_another_account_or_that_cannot_be_read_is_dead(shop: Shop) -> None:
    await with_account(shop)
    _, payment = await shop.bought()
    (await send(shop, {**refund(payment, 100), "account": "another-shop"})).ok()
    for amount in (0, -1, 1.5, "12"):
        (await send(shop, refund(payment, amount))).ok()
    (await send(shop, {"type": "payout", "data": {}})).ok()
    dead = await inbox(shop, "dead", 5)
    assert dead[0]["reason"] == "it is about another account than the merchant's"
    assert all("amount" in one["reason"] for one in dead[1:])
    assert [one["reason"] for one in await inbox(shop, "ignored")] == [
        "not about refunds, disputes or claims"
    ]
