"""Paying a leg: the real ledger, the real sandbox provider in its own process, and every failure between them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.payments import PaymentActivities
from adapters.payments.sandbox import SandboxPayments
from domain.model.payment import PaymentRequest
from ports.payments import Declined, ProviderRefund, ProviderState, RefundRequest
from tests.activities.refund_harness import RefundHarness, gbp
from tests.patience import PATIENCE


async def test_a_leg_is_paid_once_however_often_the_activity_runs(harness: RefundHarness) -> None:
    request = harness.request("a/1", 3000)
    answers = [await harness.pay(request) for _ in range(3)]
    (refund,) = await harness.refunds(request)
    assert refund["amount"] == 3000
    assert {(a.outcome, a.reference) for a in answers} == {("settled", refund["id"])}


async def test_two_equal_parts_are_two_payments(harness: RefundHarness) -> None:
    for key in ("a/1", "b/1"):
        assert (await harness.pay(harness.request(key, 5000))).outcome == "settled"
        assert len(await harness.refunds(harness.request(key, 5000))) == 1


async def test_credit_is_paid_without_the_provider(harness: RefundHarness) -> None:
    request = harness.request("a/1", 3000, bonus=300, credit=True)
    assert [(await harness.pay(request)).outcome for _ in range(2)] == ["settled", "settled"]
    assert await harness.refunds(request) == []


async def test_a_clear_refusal_is_declined_and_the_next_epoch_can_be_paid(harness: RefundHarness) -> None:
    await harness.arm("decline")
    first, second = harness.request("a/1", 10_000), harness.request("a/2", 10_000)
    for _ in range(2):
        answer = await harness.pay(first)
        assert (answer.outcome, answer.decline) == ("declined", "declined")
    assert await harness.status(first) == "released"
    assert (await harness.pay(second)).outcome == "settled"
    assert (len(await harness.refunds(first)), len(await harness.refunds(second))) == (0, 1)


async def test_more_than_the_tender_holds_never_reaches_the_provider(harness: RefundHarness) -> None:
    request = harness.request("a/1", 10_001)
    for _ in range(2):
        answer = await harness.pay(request)
        assert (answer.outcome, answer.decline) == ("declined", "not_covered")
    assert await harness.refunds(request) == []


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ("timeout_after_success", 1),
        ("error_500_after", 1),
        ("hang", 1),
        ("timeout_before", 0),
        ("error_500_before", 0),
    ],
)
async def test_an_answer_that_never_came_is_looked_up_and_paid_once(
    harness: RefundHarness, fault: str, done: int
) -> None:
    await harness.arm(fault, seconds=2.0)
    request = harness.request("a/1", 3000)
    patience = 1.0 if fault == "hang" else 10.0
    payments = SandboxPayments(harness.base, session=harness.http, timeout=patience)
    with pytest.raises(ApplicationError) as lost:
        await ActivityEnvironment().run(
            PaymentActivities(harness.ledger, {"sandbox": payments}).pay_leg, request
        )
    assert (lost.value.type, lost.value.non_retryable) == ("OutcomeUnknown", False)
    assert await harness.status(request) == "sent"
    assert len(await harness.refunds(request)) == done
    answer = await harness.pay(request)
    (refund,) = await harness.refunds(request)
    assert (answer.outcome, answer.reference) == ("settled", refund["id"])


async def test_while_the_provider_is_gone_the_hold_stays_and_nothing_is_decided(
    harness: RefundHarness,
) -> None:
    request = harness.request("a/1", 3000)
    gone = PaymentActivities(
        harness.ledger, {"sandbox": SandboxPayments("http://127.0.0.1:9", session=harness.http, timeout=2)}
    )
    for _ in range(2):
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(gone.pay_leg, request)
    assert await harness.status(request) == "sent"
    assert (await harness.pay(request)).outcome == "settled"


class Listless:
    """A provider of which nobody asks for lists or accounts."""

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        raise AssertionError(f"nobody asks for {merchant}'s refunds since {since}")
        yield

    async def check(self, merchant: str) -> str:
        return merchant


def _seen(request: RefundRequest, state: ProviderState, reference: str = "re_1") -> ProviderRefund:
    return ProviderRefund(
        reference=reference,
        key=request.key,
        payment=request.payment,
        amount=request.amount,
        state=state,
        reason="account_closed" if state == "failed" else "",
    )


class ForgetfulProvider(Listless):
    """A provider a day later: it no longer knows the key, only the refunds that it made."""

    def __init__(self, *made: str) -> None:
        self.made = list(made)

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        self.made.append(request.key)
        return _seen(request, "settled", f"re_{len(self.made)}")

    async def find(self, request: RefundRequest) -> ProviderRefund | None:
        return _seen(request, "settled") if request.key in self.made else None


@pytest.mark.parametrize("done", [True, False])
async def test_a_sent_leg_is_looked_up_before_a_provider_that_forgot_the_key_is_called(
    harness: RefundHarness, done: bool
) -> None:
    request = harness.request("a/1", 3000)
    await harness.ledger.reserve(request)
    await harness.ledger.mark_sent(request)
    provider = ForgetfulProvider(*([f"acme/{request.key}"] if done else []))
    answer = await ActivityEnvironment().run(
        PaymentActivities(harness.ledger, {"sandbox": provider}).pay_leg, request
    )
    assert (answer.outcome, answer.reference) == ("settled", "re_1")
    assert provider.made == [f"acme/{request.key}"]


class SlowProvider(Listless):
    """A provider that accepts a refund at once and finishes it later, with `end`."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.end: ProviderState = "accepted"

    async def refund(self, request: RefundRequest) -> ProviderRefund:
        self.keys.append(request.key)
        return _seen(request, "accepted")

    async def find(self, request: RefundRequest) -> ProviderRefund | None:
        return _seen(request, self.end) if request.key in self.keys else None


@pytest.mark.parametrize("settled", [True, False])
async def test_a_refund_that_the_provider_has_not_finished_stays_reserved_until_it_has(
    harness: RefundHarness, settled: bool
) -> None:
    request, provider = harness.request("a/1", 3000), SlowProvider()
    activities = PaymentActivities(harness.ledger, {"sandbox": provider})
    for _ in range(2):
        answer = await ActivityEnvironment().run(activities.pay_leg, request)
        assert (answer.outcome, answer.reference) == ("accepted", "re_1")
        assert await harness.status(request) == "sent"
    provider.end = "settled" if settled else "failed"
    answer = await ActivityEnvironment().run(activities.pay_leg, request)
    assert answer.outcome == ("settled" if settled else "declined")
    assert await harness.status(request) == ("settled" if settled else "released")
    assert len(provider.keys) == 1, "everything after the first call is a look-up"


async def change(harness: RefundHarness, request: PaymentRequest, status: str) -> None:
    """What becomes of the leg's refund at the provider."""
    [refund] = await harness.refunds(request)
    url = f"{harness.base}/refunds/{refund['id']}/state"
    async with harness.http.post(url, json={"status": status, "reason": "account_closed"}) as answer:
        assert answer.status == 200


async def test_a_refund_that_comes_back_is_reversed_once_and_its_money_pays_the_leg_that_replaces_it(
    harness: RefundHarness,
) -> None:
    request = harness.request("a/1", 10_000)
    look_up = request.model_copy(update={"lookup_only": True})
    assert (await harness.pay(request)).outcome == "settled"
    assert (await harness.pay(look_up)).outcome == "settled"
    await change(harness, request, "failed")
    for _ in range(2):
        answer = await harness.pay(look_up)
        assert (answer.outcome, answer.decline) == ("reversed", "account_closed")
        assert await harness.status(request) == "reversed"
    assert (await harness.pay(harness.request("b/1", 1))).decline == "not_covered", "it is owed to this leg"
    again = harness.request("a/2", 10_000).model_copy(update={"replaces": request.key})
    for _ in range(2):
        assert (await harness.pay(again)).outcome == "settled"
    assert await harness.status(request) == "released"
    assert (await harness.pay(request)).outcome == "declined", "nothing is paid under the old key any more"
    assert [refund["status"] for refund in await harness.refunds(request)] == ["failed"]
    assert len(await harness.refunds(again)) == 1


async def test_a_refund_that_counts_as_paid_again_after_it_had_failed_is_settled_again(
    harness: RefundHarness,
) -> None:
    request = harness.request("a/1", 3000)
    look_up = request.model_copy(update={"lookup_only": True})
    event = (await harness.pay(request)).event
    assert event is not None
    for state, outcome in (("failed", "reversed"), ("settled", "settled")) * 2:
        stated = look_up.model_copy(update={"stated": event.model_copy(update={"state": state})})
        for _ in range(2):
            assert (await harness.pay(stated)).outcome == outcome


async def test_another_amount_under_our_key_books_nothing(harness: RefundHarness) -> None:
    request = harness.request("a/1", 3000)
    event = (await harness.pay(request)).event
    assert event is not None
    other = event.model_copy(update={"state": "failed", "amount": gbp(2999)})
    answer = await harness.pay(request.model_copy(update={"lookup_only": True, "stated": other}))
    assert answer.outcome == "amount_differs"
    assert await harness.status(request) == "settled"


async def test_a_look_up_pays_nothing_whatever_it_finds(harness: RefundHarness) -> None:
    request = harness.request("a/1", 3000).model_copy(update={"lookup_only": True})
    assert (await harness.pay(request)).outcome == "unchanged"
    assert await harness.refunds(request) == []


async def test_each_leg_goes_to_the_provider_of_its_tender(harness: RefundHarness) -> None:
    request = harness.request("a/1", 3000)
    other, own = ForgetfulProvider(), ForgetfulProvider()
    activities = PaymentActivities(harness.ledger, {"other": other, "sandbox": own})
    await ActivityEnvironment().run(activities.pay_leg, request)
    assert (other.made, own.made) == ([], [f"acme/{request.key}"])


async def test_without_that_provider_nothing_leaves_and_the_step_is_tried_again(
    harness: RefundHarness,
) -> None:
    request, other = harness.request("a/1", 3000), ForgetfulProvider()
    with pytest.raises(ApplicationError, match="sandbox") as missing:
        await ActivityEnvironment().run(PaymentActivities(harness.ledger, {"other": other}).pay_leg, request)
    assert (missing.value.type, missing.value.non_retryable) == ("ProviderMissing", False)
    assert (other.made, await harness.status(request)) == ([], "reserved")


CRASHER = """
import asyncio, sys
from activities.payments import PaymentActivities
from adapters.payments.sandbox import SandboxPayments
from domain.model.payment import PaymentRequest
from store.engine.database import Database
from store.ledger.refunds import StoredLedger

url, base, request = sys.argv[1:]
activities = PaymentActivities(StoredLedger(Database(url)), {"sandbox": SandboxPayments(base)})
asyncio.run(activities.pay_leg(PaymentRequest.model_validate_json(request)))
"""


@pytest.mark.parametrize(
    ("point", "status", "done"),
    [
        ("pay.reserved", "reserved", 0),
        ("pay.sent", "sent", 0),
        ("pay.called", "sent", 1),
        ("pay.posted", "settled", 1),
    ],
)
async def test_killed_at_any_point_the_leg_is_paid_exactly_once(
    harness: RefundHarness, point: str, status: str, done: int
) -> None:
    request = harness.request("a/1", 3000)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CRASHER,
        str(harness.database.writer.url),
        harness.base,
        request.model_dump_json(),
        env={**os.environ, "SMOT_FAILPOINTS": f"{point}=kill"},
    )
    assert await asyncio.wait_for(process.wait(), PATIENCE) == -signal.SIGKILL
    assert await harness.status(request) == status
    assert len(await harness.refunds(request)) == done
    assert (await harness.pay(request)).outcome == "settled"
    assert len(await harness.refunds(request)) == 1
