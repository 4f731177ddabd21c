"""Whatever goes wrong between us and Stripe, and in whatever order: one refund at most, and never "declined" after it paid."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.money import Money
from ports.payments import Declined, OutcomeUnknown, ProviderRefund, RefundRequest
from tests.adapters.payments_contract import Captured, eur, refund_request
from tests.adapters.stripe_stand_in import FAULTS, StandIn, StripeUnderTest

_SEEDS = range(40)
_PAUSES = [timedelta(0), timedelta(minutes=3), timedelta(hours=23), timedelta(hours=25), timedelta(days=3)]


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StripeUnderTest]:
    stand_in = StandIn(tmp_path_factory.mktemp("stripe") / "stripe.sqlite")
    await stand_in.start()
    one = StripeUnderTest(stand_in)
    yield one
    await one.payments.close()
    await stand_in.end()


async def _outcome(
    provider: StripeUnderTest, request: RefundRequest, chance: random.Random
) -> ProviderRefund | Declined:
    """Up to four faults, then none; a try begins with a look-up, or goes straight to the refund as after a lost process."""
    request = request.model_copy(update={"sent_at": None})
    for number in range(20):
        if number < 4:
            await provider.arm(chance.choice(sorted(FAULTS)))
        if chance.random() < 0.15:  # the look-up gets an answer that is none
            await provider.stand_in.control("faults", kind="html", method="GET")
        try:
            if request.sent_at is not None and chance.random() < 0.5:
                found = await provider.payments.find(request)
                if found is not None:
                    return found
            return await provider.payments.refund(request)
        except OutcomeUnknown:
            first = request.sent_at or datetime.now(UTC) + provider.stand_in.ahead
            request = request.model_copy(update={"sent_at": first})
            await provider.pass_time(chance.choice(_PAUSES))
    raise AssertionError("no outcome after twenty tries")


async def _staff_refund(provider: StripeUnderTest, captured: Captured, amount: Money) -> None:
    if amount:
        body = f"payment_intent={captured.payment}&amount={amount.minor}"
        await provider.stand_in.raw("POST", "/v1/refunds", body)


async def test_each_order_of_faults_pays_once_or_declines(provider: StripeUnderTest) -> None:
    for seed in _SEEDS:
        chance = random.Random(seed)
        await provider.stand_in.control("disarm")
        captured = await provider.capture(eur(4000))
        wanted, by_staff = eur(chance.choice([4000, 1500, 1])), eur(chance.choice([0, 0, 2500, 4000]))
        await _staff_refund(provider, captured, by_staff)
        outcome = await _outcome(provider, refund_request(captured, f"m-one/seed/{seed}", wanted), chance)
        paid = await provider.paid_back(captured)
        ours = [amount for amount in paid if not by_staff or amount != by_staff]
        fits = wanted.minor + by_staff.minor <= 4000
        assert ours == ([wanted] if fits else []), (seed, outcome, paid)
        assert isinstance(outcome, ProviderRefund) == fits, (seed, outcome)
