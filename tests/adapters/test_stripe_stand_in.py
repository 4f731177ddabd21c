"""The stand-in for Stripe behaves as Stripe does (PAYMENTS facts S1-S20), seen through the unchanged official SDK."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import aiohttp.web
import pytest
import stripe

from tests.adapters.stripe_stand_in import ACCOUNT, OTHER_ACCOUNT, PLATFORM_SECRET, StandIn

HOOK_SECRETS = ["whsec_old", "whsec_new"]


@pytest.fixture(scope="module")
async def stand_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandIn]:
    one = StandIn(tmp_path_factory.mktemp("stripe") / "stripe.sqlite")
    await one.start()
    yield one
    await one.end()


@pytest.fixture(scope="module")
async def sdk(stand_in: StandIn) -> stripe.StripeClient:
    return stand_in.sdk()


class Receiver:
    """A webhook endpoint that keeps what it was sent, in the order in which it came."""

    def __init__(self) -> None:
        self.got: list[tuple[Any, str, bytes]] = []
        self.status = 200
        self.url = ""

    async def take(self, request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        body = await request.read()
        self.got.append((json.loads(body), request.headers["Stripe-Signature"], body))
        return aiohttp.web.Response(status=self.status)

    def types(self) -> list[str]:
        return [event["type"] for event, _, _ in self.got]


@pytest.fixture
async def receiver(stand_in: StandIn) -> AsyncIterator[Receiver]:
    one = Receiver()
    runner = aiohttp.web.ServerRunner(aiohttp.web.Server(one.take))
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield one
    await runner.cleanup()


async def refund(sdk: stripe.StripeClient, intent: str, key: str = "", **params: Any) -> stripe.Refund:
    options: stripe.RequestOptions = {"idempotency_key": key} if key else {}
    return await sdk.v1.refunds.create_async({"payment_intent": intent, **params}, options)  # type: ignore[typeddict-item]


def error_of(raised: pytest.ExceptionInfo[stripe.StripeError]) -> tuple[int | None, dict[str, Any]]:
    body = raised.value.json_body
    assert isinstance(body, dict)
    return raised.value.http_status, body["error"]


async def test_s1_keys_and_accounts(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    async with stand_in.http.get(f"{stand_in.base}/v1/account") as response:
        assert response.status == 401
    basic = f"Basic {b64encode(b'sk_test_one:').decode()}"
    _, account, _ = await stand_in.raw("GET", "/v1/account", Authorization=basic)
    assert account["id"] == ACCOUNT
    await stand_in.control("keys", secret="rk_old_123", account=ACCOUNT, state="expired")
    with pytest.raises(stripe.AuthenticationError) as raised:
        await stand_in.sdk("rk_old_123").v1.accounts.retrieve_current_async()
    assert error_of(raised)[1]["code"] == "api_key_expired"
    with pytest.raises(stripe.AuthenticationError) as raised:
        await stand_in.sdk("sk_test_none").v1.accounts.retrieve_current_async()
    assert "code" not in error_of(raised)[1]
    intent, _ = await stand_in.pay(500, account=OTHER_ACCOUNT)
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        await refund(sdk, intent)
    platform = stand_in.sdk(PLATFORM_SECRET, stripe_account=OTHER_ACCOUNT)
    assert (await refund(platform, intent)).status == "succeeded"


async def test_s2_forms_unknown_parameters_and_headers(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, _ = await stand_in.pay(500)
    made = await refund(sdk, intent, metadata={"leg": "L1", "a b": "c&d"}, amount=100)
    assert made.metadata is not None
    assert made.metadata.to_dict() == {"leg": "L1", "a b": "c&d"}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await refund(sdk, intent, colour="red")
    status, error = error_of(raised)
    assert (status, error["code"], error["param"]) == (400, "parameter_unknown", "colour")
    response = made.last_response
    assert response is not None
    assert response.headers["Stripe-Version"] == "2026-10-28.endive"
    assert response.headers["Request-Id"].startswith("req_")


async def test_s3_the_same_key_gives_the_first_answer(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, charge = await stand_in.pay(500)
    first = await refund(sdk, intent, "k-s3", amount=100)
    again = await refund(sdk, intent, "k-s3", amount=100)
    assert first.to_dict() == again.to_dict()
    assert first.last_response is not None
    assert again.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert again.last_response.headers["Request-Id"] != first.last_response.headers["Request-Id"]
    assert (await sdk.v1.charges.retrieve_async(charge)).amount_refunded == 100
    await stand_in.control("faults", kind="error", when="before")
    with pytest.raises(stripe.APIError):
        await refund(sdk, intent, "k-s3-500", amount=100)
    with pytest.raises(stripe.APIError) as raised:
        await refund(sdk, intent, "k-s3-500", amount=100)
    assert raised.value.http_status == 500
    assert raised.value.headers["idempotent-replayed"] == "true"
    assert (await sdk.v1.charges.retrieve_async(charge)).amount_refunded == 100


async def test_s4_a_key_is_for_one_request(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, _ = await stand_in.pay(500)
    await refund(sdk, intent, "k-s4", amount=100)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as raised:
        await refund(sdk, intent, "k-s4", amount=200)
    status, error = error_of(raised)
    assert (status, error["type"], error.get("code")) == (400, "idempotency_error", None)
    status, body, _ = await stand_in.raw(
        "POST", "/v1/payment_links", f"payment_intent={intent}&amount=100", **{"Idempotency-Key": "k-s4"}
    )
    assert status == 400
    assert "('/v1/refunds' vs '/v1/payment_links')" in body["error"]["message"]


async def test_s5_a_key_in_use_is_a_conflict(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, charge = await stand_in.pay(500)
    await stand_in.control("faults", kind="hang", when="before", seconds=1.5)
    impatient = stand_in.sdk(timeout=0.4)
    with pytest.raises(stripe.APIConnectionError):
        await refund(impatient, intent, "k-s5", amount=100)
    with pytest.raises(stripe.APIError) as raised:
        await refund(sdk, intent, "k-s5", amount=100)
    assert raised.value.http_status == 409
    assert error_of(raised)[1]["code"] == "idempotency_key_in_use"
    await stand_in.control("idle")
    assert (await refund(sdk, intent, "k-s5", amount=100)).status == "succeeded"
    assert (await sdk.v1.charges.retrieve_async(charge)).amount_refunded == 100


async def test_s6_what_did_not_begin_is_not_kept(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, _ = await stand_in.pay(500)
    with pytest.raises(stripe.InvalidRequestError):
        await refund(sdk, intent, "k-s6", amount=0)
    await stand_in.control("faults", kind="rate_limit")
    with pytest.raises(stripe.RateLimitError):
        await refund(sdk, intent, "k-s6", amount=10)
    with pytest.raises(stripe.AuthenticationError):
        await refund(stand_in.sdk("sk_test_none"), intent, "k-s6", amount=10)
    assert (await refund(sdk, intent, "k-s6", amount=10)).amount == 10
    with pytest.raises(stripe.InvalidRequestError):  # this refusal is kept
        await refund(sdk, intent, "k-s6-kept", amount=9999)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await refund(sdk, intent, "k-s6-kept", amount=9999)
    assert raised.value.headers["idempotent-replayed"] == "true"


async def test_s7_a_key_is_forgotten_after_a_day(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, _ = await stand_in.pay(500)
    first = await refund(sdk, intent, "k-s7", amount=100)
    await stand_in.pass_time(timedelta(hours=23, minutes=50))
    assert (await refund(sdk, intent, "k-s7", amount=100)).id == first.id
    await stand_in.pass_time(timedelta(minutes=11))
    assert (await refund(sdk, intent, "k-s7", amount=100)).id != first.id


async def test_s8_amounts(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, _ = await stand_in.pay(500)
    cases = [
        (501, None),
        (0, "parameter_invalid_integer"),
        (-5, "parameter_invalid_integer"),
        (100_000_000, "amount_too_large"),
    ]
    for amount, code in cases:
        with pytest.raises(stripe.InvalidRequestError) as raised:
            await refund(sdk, intent, amount=amount)
        status, error = error_of(raised)
        assert (status, error["param"], error.get("code")) == (400, "amount", code)
    await refund(sdk, intent, amount=200)
    assert (await refund(sdk, intent)).amount == 300
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await refund(sdk, intent)
    assert error_of(raised)[1]["code"] == "charge_already_refunded"
    uncaptured, _ = await stand_in.pay(500, captured=False)
    with pytest.raises(stripe.InvalidRequestError, match="uncaptured"):
        await refund(sdk, uncaptured, amount=200)


@pytest.mark.parametrize(
    ("currency", "wrong", "right"), [("KWD", 5124, 5120), ("ISK", 150, 200), ("UGX", 99, 100)]
)
async def test_s9_amounts_that_a_currency_does_not_have(
    stand_in: StandIn, sdk: stripe.StripeClient, currency: str, wrong: int, right: int
) -> None:
    intent, _ = await stand_in.pay(100_000, currency)
    with pytest.raises(stripe.InvalidRequestError):
        await refund(sdk, intent, amount=wrong)
    assert (await refund(sdk, intent, amount=right)).currency == currency.lower()


async def test_s10_chargebacks_and_inquiries(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, charge = await stand_in.pay(500, refunds="pending_then_succeeded", after_seconds=1000)
    inquiry = await stand_in.control(
        "disputes", account=ACCOUNT, charge=charge, status="warning_needs_response"
    )
    assert inquiry["is_charge_refundable"]
    waiting = await refund(sdk, intent, amount=200)
    assert waiting.status == "pending"
    await sdk.v1.disputes.update_async(
        inquiry["id"], {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}}
    )
    failed = await sdk.v1.refunds.retrieve_async(waiting.id)
    assert (failed.status, failed.failure_reason) == ("failed", "charge_for_pending_refund_disputed")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await refund(sdk, intent, amount=200)
    assert error_of(raised)[1]["code"] == "charge_disputed"
    won = await sdk.v1.disputes.update_async(
        inquiry["id"], {"evidence": {"uncategorized_text": "winning_evidence"}}
    )
    assert (won.status, won.is_charge_refundable) == ("won", False)


async def test_s11_a_balance_that_is_short_delays_a_refund(
    stand_in: StandIn, sdk: stripe.StripeClient
) -> None:
    await stand_in.control("balance", account=ACCOUNT, currency="SEK", amount=300)
    intent, _ = await stand_in.pay(500, "SEK")
    waiting = await refund(sdk, intent)
    assert (waiting.status, waiting.pending_reason) == ("pending", "insufficient_funds")
    await stand_in.control("balance", account=ACCOUNT, currency="SEK", amount=600)
    assert (await sdk.v1.refunds.retrieve_async(waiting.id)).status == "succeeded"
    second, _ = await stand_in.pay(200, "SEK")
    assert (await refund(sdk, second)).status == "pending"  # 100 are left


async def test_s12_the_charge_and_its_events_are_consistent(
    stand_in: StandIn, sdk: stripe.StripeClient
) -> None:
    intent, charge = await stand_in.pay(500, refunds="pending_then_failed", after_seconds=60)
    await refund(sdk, intent, amount=200)
    last = await refund(sdk, intent)
    assert (await sdk.v1.charges.retrieve_async(charge)).refunded
    found = await sdk.v1.payment_intents.retrieve_async(intent, {"expand": ["latest_charge"]})
    assert isinstance(found.latest_charge, stripe.Charge)
    assert (found.latest_charge.id, found.latest_charge.amount_refunded) == (charge, 500)
    listed = await sdk.v1.events.list_async({"type": "charge.refunded", "limit": 2})
    assert [one.data.object["amount_refunded"] for one in listed.data] == [500, 200]
    await stand_in.pass_time(timedelta(seconds=61))
    after = await sdk.v1.charges.retrieve_async(charge)
    assert (after.amount_refunded, after.refunded) == (0, False)
    assert (await sdk.v1.refunds.retrieve_async(last.id)).failure_balance_transaction


@pytest.mark.parametrize(
    ("card", "plan", "states"),
    [
        ("", "at_once", ["succeeded"]),
        ("4000000000007726", "at_once", ["pending", "succeeded"]),
        ("", "pending_then_failed", ["pending", "failed"]),
        ("4000000000005126", "at_once", ["succeeded", "failed"]),
    ],
)
async def test_s13_what_becomes_of_a_refund(
    stand_in: StandIn, sdk: stripe.StripeClient, card: str, plan: str, states: list[str]
) -> None:
    more = {"card": card, "refunds": plan, "after_seconds": 9 * 86_400, "reference": "none"}
    intent, _ = await stand_in.pay(500, **more)
    made = await refund(sdk, intent)
    await stand_in.pass_time(timedelta(days=9, seconds=1))
    now = await sdk.v1.refunds.retrieve_async(made.id)
    assert [made.status, now.status] == [states[0], states[-1]]
    kinds: Any = ["refund.created", "refund.updated", "refund.failed"]
    listed = await sdk.v1.events.list_async({"types": kinds, "limit": 100})
    mine = [one.type for one in listed.data if one.data.object["id"] == made.id]
    step = {"failed": ["refund.failed"], "succeeded": ["refund.updated"]}[states[-1]]
    assert mine == [*(step if len(states) > 1 else []), "refund.created"]


@pytest.mark.parametrize("reference", ["available", "unavailable"])
async def test_s14_the_banks_reference(stand_in: StandIn, sdk: stripe.StripeClient, reference: str) -> None:
    intent, _ = await stand_in.pay(500, reference=reference)
    made = await refund(sdk, intent)
    assert made.destination_details is not None
    assert made.destination_details.to_dict()["card"]["reference_status"] == "pending"
    await stand_in.pass_time(timedelta(days=5, seconds=1))
    now = (await sdk.v1.refunds.retrieve_async(made.id)).to_dict()["destination_details"]["card"]
    assert (now["reference_status"], "reference" in now) == (reference, reference == "available")


async def test_s15_lists_and_cursors(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    intent, charge = await stand_in.pay(500)
    made = [(await refund(sdk, intent, amount=10)).id for _ in range(5)]
    first = await sdk.v1.refunds.list_async({"payment_intent": intent, "limit": 2})
    assert [one.id for one in first.data] == made[:2:-1]
    assert first.has_more
    rest = await sdk.v1.refunds.list_async({"charge": charge, "starting_after": made[3]})
    assert [one.id for one in rest.data] == made[2::-1]
    assert not rest.has_more
    newer = await sdk.v1.refunds.list_async({"charge": charge, "ending_before": made[2], "limit": 1})
    assert [one.id for one in newer.data] == [made[3]]
    assert [one.id async for one in first.auto_paging_iter()] == made[::-1]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await sdk.v1.refunds.list_async({"starting_after": "re_none"})
    assert error_of(raised)[1]["code"] == "resource_missing"
    for wrong in ({"limit": 0}, {"limit": 101}, {"metadata": {"leg": "L1"}}):
        with pytest.raises(stripe.InvalidRequestError):
            await sdk.v1.refunds.list_async(wrong)  # type: ignore[arg-type]
    newest = (await sdk.v1.refunds.retrieve_async(made[-1])).created
    later = await sdk.v1.refunds.list_async({"charge": charge, "created": {"gt": newest}})
    assert not later.data


async def test_s16_events_before_the_answer_twice_and_with_our_key(
    stand_in: StandIn, sdk: stripe.StripeClient, receiver: Receiver
) -> None:
    await stand_in.control(
        "endpoints",
        account=ACCOUNT,
        url=receiver.url,
        secrets=HOOK_SECRETS,
        events=["refund.created", "refund.failed"],
        sending="before_answer",
        times=2,
    )
    intent, _ = await stand_in.pay(500, refunds="succeeded_then_failed", after_seconds=3600)
    made = await refund(sdk, intent, "k-s16")
    assert receiver.types() == ["refund.created", "refund.created"]
    event, signature, body = receiver.got[0]
    assert event["data"]["object"]["id"] == made.id
    assert event["request"]["idempotency_key"] == "k-s16"
    assert "account" not in event
    for secret in HOOK_SECRETS:
        assert stripe.Webhook.construct_event(body, signature, secret).id == event["id"]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_other")
    await stand_in.pass_time(timedelta(hours=1, seconds=1))
    failed = receiver.got[-1][0]
    assert (failed["type"], failed["request"]["idempotency_key"]) == ("refund.failed", None)
    assert failed["data"]["previous_attributes"]["status"] == "succeeded"
    send = {"account": ACCOUNT, "event": event["id"], "url": receiver.url, "secrets": ["whsec_new"]}
    await stand_in.control("redeliveries", **send, amount=1, as_account="acct_x", shift_seconds=-301)
    changed, signature, body = receiver.got[-1]
    assert (changed["data"]["object"]["amount"], changed["account"]) == (1, "acct_x")
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(body, signature, "whsec_new")
    await stand_in.control("endpoints", account=ACCOUNT, url=receiver.url, secrets=["x"], events=[])


async def test_s16_a_connected_account_is_named(
    stand_in: StandIn, sdk: stripe.StripeClient, receiver: Receiver
) -> None:
    await stand_in.control(
        "endpoints",
        account="acct_platform",
        connected=[OTHER_ACCOUNT],
        url=receiver.url,
        secrets=["whsec_platform"],
        sending="before_answer",
    )
    intent, _ = await stand_in.pay(500, account=OTHER_ACCOUNT)
    await refund(stand_in.sdk("sk_test_two"), intent)
    assert {event["account"] for event, _, _ in receiver.got} == {OTHER_ACCOUNT}
    assert receiver.types() == ["refund.created", "charge.refunded"]
    await stand_in.control("endpoints", account="acct_platform", url=receiver.url, secrets=["x"], events=[])


async def test_s17_events_that_were_not_delivered(
    stand_in: StandIn, sdk: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.status = 500
    hook = {"account": ACCOUNT, "url": receiver.url, "secrets": ["whsec_1"], "sending": "paused"}
    await stand_in.control("endpoints", **hook, events=["charge.refunded"])
    intent, _ = await stand_in.pay(500)
    await refund(sdk, intent)
    await stand_in.control("deliver")
    missed = await sdk.v1.events.list_async({"type": "charge.refunded", "delivery_success": False})
    assert [one.data.object["payment_intent"] for one in missed.data] == [intent]
    assert (await sdk.v1.events.retrieve_async(missed.data[0].id)).type == "charge.refunded"
    receiver.status = 200
    await stand_in.control("deliver")
    missed = await sdk.v1.events.list_async({"type": "charge.refunded", "delivery_success": False})
    assert (missed.data, receiver.types()) == ([], ["charge.refunded"] * 2)
    await stand_in.control("endpoints", **hook, events=[])


@pytest.mark.parametrize(
    ("fault", "paid", "raises"),
    [
        ({"kind": "cut", "when": "before"}, 0, stripe.APIConnectionError),
        ({"kind": "cut"}, 100, stripe.APIConnectionError),
        ({"kind": "cut_in_body"}, 100, aiohttp.ClientPayloadError),
        ({"kind": "html"}, 100, stripe.APIError),
        ({"kind": "html", "when": "before"}, 0, stripe.APIError),
        ({"kind": "error", "when": "before"}, 0, stripe.APIError),
        ({"kind": "error"}, 100, stripe.APIError),
        ({"kind": "unavailable", "when": "before"}, 0, stripe.APIError),
        ({"kind": "rate_limit", "should_retry": "false"}, 0, stripe.RateLimitError),
        ({"kind": "lock_timeout"}, 0, stripe.RateLimitError),
        ({"kind": "other"}, 100, None),
    ],
)
async def test_s18_faults(
    stand_in: StandIn, sdk: stripe.StripeClient, fault: dict[str, str], paid: int, raises: Any
) -> None:
    intent, charge = await stand_in.pay(500)
    await stand_in.control("faults", **fault)
    if raises is None:
        assert isinstance(await refund(sdk, intent, amount=100), stripe.Charge)
    else:
        with pytest.raises(raises) as raised:
            await refund(sdk, intent, amount=100)
        headers = getattr(raised.value, "headers", None) or {}
        wanted = {"error": "false", "rate_limit": "false", "lock_timeout": "true"}.get(fault["kind"])
        assert headers.get("stripe-should-retry") == wanted
    assert (await sdk.v1.charges.retrieve_async(charge)).amount_refunded == paid


async def test_s18_the_sdk_retries_a_lock_timeout_with_the_same_key(stand_in: StandIn) -> None:
    intent, charge = await stand_in.pay(500)
    patient = stand_in.sdk(max_network_retries=1)
    await stand_in.control("faults", kind="lock_timeout")
    assert (await refund(patient, intent, amount=100)).status == "succeeded"
    assert (await patient.v1.charges.retrieve_async(charge)).amount_refunded == 100


async def test_s19_a_payment_link_is_paid_once(stand_in: StandIn, sdk: stripe.StripeClient) -> None:
    price: Any = {"currency": "eur", "unit_amount": 700, "product_data": {"name": "Goods not returned"}}
    created = await sdk.v1.payment_links.create_async(
        {
            "line_items": [{"price_data": price, "quantity": 1}],
            "metadata": {"leg": "L9"},
            "restrictions": {"completed_sessions": {"limit": 1}},
        }
    )
    assert created.active
    assert created.url
    await stand_in.control("link_payments", account=ACCOUNT, payment_link=created.id)
    second = {"account": ACCOUNT, "payment_link": created.id}
    async with stand_in.http.post(f"{stand_in.base}/_control/link_payments", json=second) as response:
        assert response.status == 400
    listed = await sdk.v1.events.list_async({"type": "checkout.session.completed"})
    session = listed.data[0].data.object
    assert (session["payment_link"], session["amount_total"]) == (created.id, 700)
    assert len([one for one in listed.data if one.data.object["payment_link"] == created.id]) == 1
    assert not (await sdk.v1.payment_links.update_async(created.id, {"active": False})).active


async def test_s20_the_sdk_is_unchanged_and_parallel_requests_are_safe(
    stand_in: StandIn, sdk: stripe.StripeClient
) -> None:
    intent, charge = await stand_in.pay(500)
    outcomes = await asyncio.gather(
        *(refund(sdk, intent, f"k-s20-{n}", amount=200) for n in range(5)), return_exceptions=True
    )
    assert len([one for one in outcomes if isinstance(one, stripe.Refund)]) == 2
    assert (await sdk.v1.charges.retrieve_async(charge)).amount_refunded == 400
    assert stripe.VERSION.startswith("16.")


async def test_a_refund_that_waits_for_the_customer_can_be_canceled(
    stand_in: StandIn, sdk: stripe.StripeClient
) -> None:
    intent, charge = await stand_in.pay(500, refunds="requires_action")
    made = await refund(sdk, intent)
    assert made.status == "requires_action"
    changed = await sdk.v1.refunds.update_async(made.id, {"metadata": {"note": "x"}})
    assert changed.metadata is not None
    assert changed.metadata["note"] == "x"
    assert (await sdk.v1.refunds.cancel_async(made.id)).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        await sdk.v1.refunds.cancel_async(made.id)
    assert (await sdk.v1.charges.retrieve_async(charge)).amount_refunded == 0
