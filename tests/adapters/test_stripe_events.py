"""Stripe's webhooks: signatures, refunds, disputes; and amounts in Stripe's units."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payments.stripe_amounts import NotRepresentable, from_stripe, to_stripe
from adapters.payments.stripe_events import EVENTS, StripeEvents
from domain.money import Money
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from simulators.payments.stripe.bodies import charge_body, dispute_body, refund_body
from simulators.payments.stripe.webhooks import sign

SECRET = "whsec_test_1"
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
SOURCE = StripeEvents()


def event(kind: str, found: Mapping[str, object], **more: object) -> bytes:
    body = {
        "id": "evt_1",
        "object": "event",
        "created": 1_764_345_600,
        "type": kind,
        "data": {"object": found},
    }
    return json.dumps({**body, **more}).encode()


def refund(**more: object) -> dict[str, object]:
    charge = charge_body("pi_1", 1999, "eur", 1_764_000_000)
    return {**refund_body(charge, 1999, 1_764_000_000), "metadata": {"smot_leg": "m/k"}, **more}


def signed(body: bytes, secrets: list[str], at: datetime = NOW) -> dict[str, str]:
    return {"Stripe-Signature": sign(body.decode(), secrets, int(at.timestamp()))}


def test_a_signed_message_has_its_events_id() -> None:
    body = event("refund.created", refund())
    assert SOURCE.verify(signed(body, [SECRET]), body, [SECRET], NOW) == "evt_1"
    assert SOURCE.verify(signed(body, ["whsec_old", SECRET]), body, [SECRET], NOW) == "evt_1"
    assert SOURCE.verify(signed(body, [SECRET]), body, ["whsec_old", SECRET], NOW) == "evt_1"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_time_of_a_signature_may_be_five_minutes_off(seconds: int) -> None:
    body = event("refund.created", refund())
    at = NOW + timedelta(seconds=seconds)
    assert SOURCE.verify(signed(body, [SECRET], at), body, [SECRET], NOW)
    with pytest.raises(InvalidSignature):
        SOURCE.verify(signed(body, [SECRET], at + timedelta(seconds=seconds // 300)), body, [SECRET], NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=00",
        "t=x,v1=00",
        "t=1796202000,t=1796202000,v1=00",
        "t=1796202000,v0=00",
        "t=²,v1=00",
        "t=99999999999999,v1=00",
        "t=1796202000,v1=\udce4",
    ],
)
def test_an_unusable_signature_is_refused(header: str) -> None:
    with pytest.raises(InvalidSignature):
        SOURCE.verify({"Stripe-Signature": header}, b"{}", [SECRET], NOW)


def test_another_body_another_secret_and_a_blank_secret_are_refused() -> None:
    body = event("refund.created", refund())
    for sent, secrets in ((body + b" ", [SECRET]), (body, ["whsec_2"]), (body, [])):
        with pytest.raises(InvalidSignature):
            SOURCE.verify(signed(body, [SECRET]), sent, secrets, NOW)
    with pytest.raises(InvalidSignature):
        SOURCE.verify(signed(body, [""]), body, [""], NOW)


def test_a_refund_event_says_what_became_of_it_and_since_when() -> None:
    read = SOURCE.read(
        event("refund.failed", refund(status="failed", failure_reason="declined"), account="acct_1")
    )
    (one,) = read.refunds
    assert (read.delivery, read.account, read.disputes) == ("evt_1", "acct_1", ())
    assert (one.key, one.state, one.reason, one.payment) == ("m/k", "failed", "declined", "pi_1")
    assert (one.amount, one.at) == (Money(minor=1999, currency="EUR"), datetime(2025, 11, 28, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_needs_response", "inquiry"),
        ("needs_response", "needs_response"),
        ("under_review", "under_review"),
        ("warning_closed", "withdrawn"),
        ("won", "won"),
        ("lost", "lost"),
        ("prevented", "unclear"),
        ("something_new", "unclear"),
    ],
)
def test_a_dispute_event_says_its_state_and_the_deadline(status: str, state: str) -> None:
    charge = charge_body("pi_1", 1999, "jpy", 1_764_000_000)
    found = dispute_body(charge, status, "product_not_received", 1_764_000_000)
    (one,) = SOURCE.read(event("charge.dispute.updated", found)).disputes
    assert (one.state, one.raw_state, one.payment, one.payment_alias) == (state, status, "pi_1", charge["id"])
    assert one.amount == Money(minor=1999, currency="JPY")
    assert one.respond_by == datetime(2025, 12, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": "1999"}, "body.data.object.amount: int_type"),
        ({"amount": 0}, "body.data.object.amount: greater_than"),
        ({"id": "ch_1"}, "body.data.object.id: string_pattern_mismatch"),
        ({"object": "charge"}, "body.data.object.object: literal_error"),
        ({"currency": "isk"}, "body.data.object.amount: not an amount of that currency"),
        ({"charge": None, "payment_intent": None}, "body.data.object.amount: not an amount of that currency"),
    ],
)
def test_a_refund_that_cannot_be_read_is_named_and_not_guessed(
    change: dict[str, object], pointer: str
) -> None:
    read = SOURCE.read(event("refund.updated", refund(**change)))
    assert (read.refunds, read.unreadable) == ((), pointer)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"object": "event"}', b"\xff", b'{"id": NaN}'])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        SOURCE.read(body)


def test_types_that_are_not_followed_report_nothing() -> None:
    read = SOURCE.read(event("customer.created", {"id": "cus_1"}))
    assert (read.refunds, read.disputes, read.unreadable) == ((), (), "")


def test_the_page_lists_the_events_that_are_followed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "payments.md").read_text()
    listed = page.partition("and these events:\n\n")[2].partition("\n\n")[0].split()
    assert tuple(listed) == EVENTS


CURRENCIES = ["EUR", "JPY", "KWD", "ISK", "UGX", "MGA", "HUF", "TWD", "TND", "XPF", "CLP"]


@given(st.integers(0, 10**12), st.sampled_from(CURRENCIES))
def test_an_amount_is_the_same_after_both_conversions_or_is_not_converted(minor: int, currency: str) -> None:
    amount = Money(minor=minor, currency=currency)
    try:
        units = to_stripe(amount)
    except NotRepresentable:
        assert currency in ("KWD", "TND", "MGA")
        return
    assert from_stripe(units, currency.lower()) == amount
