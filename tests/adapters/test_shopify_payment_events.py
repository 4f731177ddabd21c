"""Shopify's webhooks about money: as its stand-in sends them, and as its samples are."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payments.shopify_events import ShopifyEvents
from domain import payment_keys
from domain.money import Money
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.payments import ProviderRefund
from tests.adapters.shopify_shop import DOMAIN, SECRET, ShopProcess, number, running_shop, signature

NOW = datetime(2026, 11, 29, tzinfo=UTC)
EVENTS = ShopifyEvents()


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ShopProcess]:
    async with running_shop(tmp_path_factory.mktemp("events") / "shops.sqlite") as running:
        yield running


def refund_in(body: str) -> ProviderRefund:
    (refund,) = EVENTS.read(body.encode()).refunds
    return refund


async def test_a_refund_is_reported_with_our_key_and_its_transaction_by_reference(shop: ShopProcess) -> None:
    order = await shop.order("10.00", plan="pending")
    note = payment_keys.refund_note("m-one/leg/1", Money(minor=400, currency="EUR"))
    made = await shop.refund(order, "4.00", "key-1", note=note)
    reference = number(made["refund"]["transactions"]["nodes"][0]["id"])
    created = refund_in((await shop.webhooks("refunds/create"))[-1]["body"])
    payment = f"shopify-{number(order['id'])}-{number(order['transactions'][0]['id'])}"
    assert (created.reference, created.key, created.payment) == (reference, "m-one/leg/1", payment)
    assert (created.state, created.amount) == ("accepted", Money(minor=400, currency="EUR"))
    transaction = {"transaction": f"gid://shopify/OrderTransaction/{reference}"}
    await shop.post(f"/shops/{DOMAIN}/transactions", {**transaction, "status": "FAILURE"})
    failed = refund_in((await shop.webhooks("order_transactions/create"))[-1]["body"])
    assert (failed.reference, failed.state, failed.raw_state) == (reference, "failed", "FAILURE")


async def test_staff_refunds_have_no_key_and_restocks_no_money(shop: ShopProcess) -> None:
    order = await shop.order("10.00", lines=[{"quantity": 2}])
    parent = order["transactions"][0]["id"]
    await shop.post(
        f"/shops/{DOMAIN}/refunds", {"order": order["id"], "parent": parent, "amount": "2.50", "note": "x"}
    )
    assert refund_in((await shop.webhooks("refunds/create"))[-1]["body"]).key == ""
    await shop.post(f"/shops/{DOMAIN}/refunds", {"order": order["id"], "lines": [{"quantity": 1}]})
    body = (await shop.webhooks("refunds/create"))[-1]["body"]
    assert EVENTS.read(body.encode()).refunds == ()


async def test_of_two_currencies_the_amount_is_ours_or_is_not_stated(shop: ShopProcess) -> None:
    order = await shop.order("9.00", presentment="USD", rate="1.4194")
    asked = Money(minor=709, currency="EUR")
    note = payment_keys.refund_note("m-one/leg/2", asked)
    made = await shop.refund(order, "5.00", "key-2", note=note, currency="USD")
    assert refund_in((await shop.webhooks("refunds/create"))[-1]["body"]).amount == asked
    success = (await shop.webhooks("order_transactions/create"))[-1]["body"].encode()
    assert (EVENTS.read(success).refunds, EVENTS.read(success).unreadable) == ((), "")
    transaction = {"transaction": made["refund"]["transactions"]["nodes"][0]["id"]}
    await shop.post(f"/shops/{DOMAIN}/transactions", {**transaction, "status": "FAILURE"})
    failed = (await shop.webhooks("order_transactions/create"))[-1]["body"].encode()
    assert EVENTS.read(failed).unreadable == "/transactions/0/amount"


@pytest.mark.parametrize(
    ("type_", "status", "state"),
    [
        ("CHARGEBACK", "NEEDS_RESPONSE", "needs_response"),
        ("CHARGEBACK", "UNDER_REVIEW", "under_review"),
        ("INQUIRY", "NEEDS_RESPONSE", "inquiry"),
        ("CHARGEBACK", "LOST", "lost"),
        ("CHARGEBACK", "ACCEPTED", "lost"),
        ("CHARGEBACK", "WON", "won"),
        ("CHARGEBACK", "PREVENTED", "unclear"),
    ],
)
async def test_a_dispute_has_a_state_and_a_deadline(
    shop: ShopProcess, type_: str, status: str, state: str
) -> None:
    order = await shop.order("10.00")
    await shop.post(
        f"/shops/{DOMAIN}/disputes", {"order": order["id"], "type": type_, "status": status, "amount": "10"}
    )
    (dispute,) = EVENTS.read((await shop.webhooks("disputes/create"))[-1]["body"].encode()).disputes
    assert (dispute.state, dispute.raw_state) == (state, status)
    assert (dispute.payment, dispute.amount.minor) == (f"shopify-{number(order['id'])}", 1000)
    assert dispute.respond_by is not None


async def test_a_repeated_message_has_the_delivery_id_of_the_first(shop: ShopProcess) -> None:
    order = await shop.order("10.00")
    await shop.refund(order, "1.00", "key-3")
    first, last = (await shop.webhooks())[-2:]
    verified = [
        EVENTS.verify(case_insensitive(one["headers"]), one["body"].encode(), [SECRET], NOW)
        for one in (first, last, last)
    ]
    assert verified[1] == verified[2]
    assert verified[0] != verified[1]


def case_insensitive(headers: dict[str, str]) -> dict[str, str]:
    return {"X-Shopify-Hmac-Sha256": headers["X-Shopify-Hmac-SHA256"], **headers}


@pytest.mark.parametrize("secrets", [[], [""], ["another"]])
def test_what_no_secret_of_the_merchant_signed_is_refused(secrets: list[str]) -> None:
    headers = {"X-Shopify-Hmac-Sha256": signature(b"{}")}
    assert EVENTS.verify(headers, b"{}", ["another", SECRET], NOW)
    with pytest.raises(InvalidSignature):
        EVENTS.verify(headers, b"{}", secrets, NOW)
    with pytest.raises(InvalidSignature):
        EVENTS.verify(headers, b"{ }", [SECRET], NOW)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"1", b"{", b'{"evidence_due_by": 1}', b'{"refund_line_items": []}']
)
def test_a_body_that_cannot_be_read_is_named(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        EVENTS.read(body)


def test_other_topics_report_nothing() -> None:
    for body in ({}, {"id": 1, "line_items": []}, {"id": 1, "order_id": 2, "status": "closed"}):
        events = EVENTS.read(json.dumps(body).encode())
        assert (events.refunds, events.disputes, events.unreadable) == ((), (), "")


@given(
    st.dictionaries(
        st.sampled_from(
            ["evidence_due_by", "refund_line_items", "parent_id", "kind", "transactions", "order_id"]
        ),
        st.sampled_from([None, 1, -1, 2**70, "", "refund", [], [None], [{"id": 1}], {}, True, 1.5]),
    )
)
def test_no_body_is_an_error_of_ours(content: dict[str, Any]) -> None:
    with suppress(InvalidPayload):
        EVENTS.read(json.dumps(content).encode())


SAMPLES = Path(__file__).parents[3] / "shared" / "inputs" / "shopify" / "webhooks"


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples of Shopify are not here")
def test_samples_of_shopify_are_read() -> None:
    read = {
        one.stem: EVENTS.read(json.dumps(json.loads(one.read_text())["body"]).encode())
        for one in sorted(SAMPLES.glob("*.json"))
    }
    (dispute,) = read["disputes_create"].disputes
    assert (dispute.reference, dispute.state) == ("285332461850802050", "under_review")
    assert read["refunds_create"].unreadable == ""  # its currency is null, and it is a success
    assert not read["orders_cancelled"].refunds
