"""Stripe's published and built samples: the reader reads them, and the stand-in writes such bodies."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.payments.stripe_events import StripeEvents
from simulators.payments.stripe.bodies import charge_body, dispute_body, intent_body, refund_body
from simulators.payments.stripe.webhooks import sign
from tests.adapters.stripe_stand_in import ACCOUNT, StandIn

SAMPLES = Path(__file__).parents[3] / "shared" / "inputs" / "stripe"
SOURCE = StripeEvents()

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason=f"no samples at {SAMPLES}")


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_bytes())


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("events/*.json")), ids=lambda file: file.stem)
def test_events_can_be_read(file: Path) -> None:
    stated = json.loads(file.read_bytes())
    read = SOURCE.read(file.read_bytes())
    assert (read.delivery, read.account, read.unreadable) == (stated["id"], stated.get("account", ""), "")
    found = stated["data"]["object"]
    if found["object"] == "refund":
        (one,) = read.refunds
        assert (one.reference, one.raw_state) == (found["id"], found["status"])
        assert one.at == datetime.fromtimestamp(stated["created"], UTC)


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("refunds/*.json")), ids=lambda file: file.stem)
def test_refunds_can_be_read(file: Path) -> None:
    found = json.loads(file.read_bytes())
    states = {"succeeded": "settled", "pending": "accepted", "requires_action": "accepted"}
    for one in found["data"] if found["object"] == "list" else [found]:
        envelope = {"id": "evt_1", "object": "event", "created": 1_764_345_600, "type": "refund.updated"}
        (read,) = SOURCE.read(json.dumps({**envelope, "data": {"object": one}}).encode()).refunds
        assert read.state == states.get(one["status"], "failed")
        details = one["destination_details"]
        assert read.bank_reference == details[details["type"]].get("reference", "")


def test_the_signature_that_the_sdk_made_is_accepted() -> None:
    vector = sample("signature_vector.json")
    at = datetime.fromtimestamp(vector["timestamp"], UTC)
    headers = {"Stripe-Signature": vector["header"]}
    assert SOURCE.verify(headers, vector["body"].encode(), [vector["secret"]], at) == "evt_test_1"
    assert sign(vector["body"], [vector["secret"]], vector["timestamp"]) == vector["header"]


def test_the_stand_in_writes_only_fields_that_stripe_publishes() -> None:
    charge = charge_body("pi_1", 500, "eur", 1_764_000_000)
    made = {
        "charge": charge,
        "payment_intent": intent_body("pi_1", charge),
        "refund": refund_body(charge, 500, 1_764_000_000),
        "dispute": dispute_body(charge, "needs_response", "general", 1_764_000_000),
    }
    for kind, body in made.items():
        assert set(body) - set(sample(f"objects/{kind}.json")) <= {"pending_reason"}, kind


@pytest.fixture(scope="module")
async def stand_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandIn]:
    one = StandIn(tmp_path_factory.mktemp("stripe") / "stripe.sqlite")
    await one.start()
    yield one
    await one.end()


async def test_the_stand_in_refuses_in_stripes_words(stand_in: StandIn) -> None:
    async def refused(body: str, key: str = "", secret: str = "", path: str = "/v1/refunds") -> Any:
        headers = {name: value for name, value in (("Idempotency-Key", key),) if value}
        headers |= {"Authorization": f"Bearer {secret}"} if secret else {}
        status, answer, sent = await stand_in.raw("POST", path, body, **headers)
        return {"status": status, "error": answer["error"], "retry": sent.get("Stripe-Should-Retry")}

    paid, _ = await stand_in.pay(1500)
    gone, _ = await stand_in.pay(1500)
    await make_refund(stand_in, f"payment_intent={gone}")
    disputed, disputed_charge = await stand_in.pay(1500)
    await stand_in.control("disputes", account=ACCOUNT, charge=disputed_charge)
    key = "refund:leg_1:1"
    await make_refund(stand_in, f"payment_intent={paid}&amount=10", key)
    await stand_in.control("keys", secret="rk_test_old123", account=ACCOUNT, state="expired")
    got = {
        "charge_already_refunded": await refused(f"payment_intent={gone}"),
        "charge_disputed": await refused(f"payment_intent={disputed}"),
        "refund_above_what_is_left": await refused(f"payment_intent={paid}&amount=2000"),
        "amount_above_eight_digits": await refused(f"payment_intent={paid}&amount=100000000"),
        "amount_zero_or_negative": await refused(f"payment_intent={paid}&amount=0"),
        "resource_missing": await refused("payment_intent=pi_test_missing"),
        "api_key_expired": await refused("", secret="rk_test_old123"),
        "idempotency_other_parameters": await refused(f"payment_intent={paid}&amount=20", key),
        "idempotency_other_endpoint": await refused("", key, path="/v1/payment_links"),
    }
    for kind in ("rate_limit", "lock_timeout"):
        await stand_in.control("faults", kind=kind)
        got[kind] = await refused(f"payment_intent={paid}")
    await stand_in.control("faults", kind="error", when="before")
    got["api_error_500"] = await refused(f"payment_intent={paid}&amount=20")
    published = sample("errors.json")
    for case, answer in got.items():
        wanted = published[case]
        assert answer["status"] == wanted["status"], case
        assert answer["retry"] == wanted["headers"].get("Stripe-Should-Retry"), case
        for name in ("type", "code", "param", "doc_url"):
            assert answer["error"].get(name) == wanted["body"]["error"].get(name), (case, name)
        assert first_words(answer["error"]["message"]) == first_words(wanted["body"]["error"]["message"]), (
            case
        )


async def make_refund(stand_in: StandIn, body: str, key: str = "") -> None:
    await stand_in.raw("POST", "/v1/refunds", body, **({"Idempotency-Key": key} if key else {}))


def first_words(message: str) -> list[str]:
    """A few words without ids and amounts."""
    return [word for word in message.split() if word.isalpha()][:6]
