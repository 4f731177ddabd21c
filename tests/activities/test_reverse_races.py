"""A refund that comes back, and a dispute beside refunds: killed at every point and run at once, each movement happens once."""

import asyncio
import os
import signal
import sys
from collections import Counter

import pytest
from sqlmodel import select

from domain import payment_keys
from domain.model.payment import PaymentRequest
from domain.model.provider_event import ProviderEvent
from store.tables.all import LedgerEntry, LedgerPosting
from tests.activities.refund_harness import NOW, RefundHarness
from tests.activities.test_pay_leg import CRASHER
from tests.patience import PATIENCE


def came_back(request: PaymentRequest, reference: str) -> PaymentRequest:
    """Its look-up, after the provider stated that the money came back."""
    event = ProviderEvent(
        reference=reference,
        leg=request.key,
        amount=request.principal,
        state="failed",
        reason="closed",
        at=NOW,
    )
    return request.model_copy(update={"lookup_only": True, "stated": event})


def taken_by_bank(harness: RefundHarness, principal: int) -> PaymentRequest:
    """What a bank paid of the order's payment after a dispute."""
    occasion = payment_keys.occasion_of_dispute("ord_1", f"dsp_{harness.payment}")
    return harness.request("-/1", principal).model_copy(
        update={
            "key": payment_keys.leg(occasion, "card-1", 1),
            "occasion": occasion,
            "purpose": "dispute",
            "to": "bank",
        }
    )


async def steps(harness: RefundHarness, request: PaymentRequest) -> Counter[str]:
    """How often each step of that leg is in the ledger."""
    async with harness.database.read() as session:
        entries = (await session.exec(select(LedgerEntry).where(LedgerEntry.merchant == "acme"))).all()
    return Counter(entry.kind for entry in entries if request.key in entry.key)


async def balances(harness: RefundHarness) -> Counter[str]:
    async with harness.database.read() as session:
        postings = (await session.exec(select(LedgerPosting).where(LedgerPosting.merchant == "acme"))).all()
    sums: Counter[str] = Counter()
    for posting in postings:
        sums[posting.account] += posting.minor
    return sums


@pytest.mark.parametrize(
    ("point", "status"), [("pay.reserved", "settled"), ("pay.written", "settled"), ("pay.posted", "reversed")]
)
async def test_killed_at_any_point_a_refund_that_came_back_is_reversed_once(
    harness: RefundHarness, point: str, status: str
) -> None:
    request = harness.request("a/1", 3000)
    back = came_back(request, (await harness.pay(request)).reference)
    argv = [
        sys.executable,
        "-c",
        CRASHER,
        str(harness.database.writer.url),
        harness.base,
        back.model_dump_json(),
    ]
    environment = {**os.environ, "SMOT_FAILPOINTS": f"{point}=kill"}
    process = await asyncio.create_subprocess_exec(*argv, env=environment)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == -signal.SIGKILL
    assert await harness.status(request) == status
    for _ in range(2):
        assert (await harness.pay(back)).outcome == "reversed"
    assert (await steps(harness, request))["reverse"] == 1
    assert (await balances(harness))[f"reserved/{request.key}"] == -3000


async def test_of_five_that_learn_at_once_that_a_refund_came_back_one_books_it(
    harness: RefundHarness,
) -> None:
    request = harness.request("a/1", 3000)
    back = came_back(request, (await harness.pay(request)).reference)
    answers = await asyncio.gather(*(harness.pay(back) for _ in range(5)))
    assert {answer.outcome for answer in answers} == {"reversed"}
    assert (await steps(harness, request))["reverse"] == 1
    again = harness.request("a/2", 3000).model_copy(update={"replaces": request.key})
    paid = await asyncio.gather(*(harness.pay(again) for _ in range(5)))
    assert {answer.outcome for answer in paid} == {"settled"}
    assert len(await harness.refunds(again)) == 1
    assert (await steps(harness, request))["release"] == 1


@pytest.mark.parametrize("loss", [10_000, 7000, 3000])
async def test_a_lost_dispute_and_refunds_at_once_never_take_more_than_was_paid(
    harness: RefundHarness, loss: int
) -> None:
    requests = [taken_by_bank(harness, loss), *(harness.request(f"{name}/1", 4000) for name in "abc")]
    answers = await asyncio.gather(*(harness.pay(request) for request in requests))
    taken = sum(
        request.principal.minor
        for request, answer in zip(requests, answers, strict=True)
        if answer.outcome == "settled"
    )
    assert taken <= 10_000
    assert {answer.decline for answer in answers if answer.outcome != "settled"} <= {"not_covered"}
    sums = await balances(harness)
    assert sums["tender/ord_1/card-1"] == taken - 10_000
    assert sum(sums.values()) == 0
    paid = [len(await harness.refunds(request)) for request in requests[1:]]
    assert paid == [int(answer.outcome == "settled") for answer in answers[1:]]
