"""What each payment provider's adapter must do, tested on that provider's strict stand-in.

A provider's test module subclasses `PaymentsContract` and gives the fixture `provider`, a `ProviderUnderTest`.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

import pytest

from domain.money import Money
from ports.payments import (
    AccountRefused,
    Declined,
    NotSent,
    OutcomeUnknown,
    Payments,
    ProviderRefund,
    RefundRequest,
)

MERCHANT = "m-one"
_TRIES = 12


class Captured(NamedTuple):
    """A captured payment, by the order's id in the shop and the payment's id at the provider."""

    order: str
    payment: str


class ProviderUnderTest(Protocol):
    """A stand-in as a process of its own, with the adapter on it. Each method changes or reads the stand-in.

    payments: the adapter; `MERCHANT` has an account, `m-refused` has keys that the provider refuses, `m-none` has none.
    faults: names for `arm`, each one way in which a refund's request or answer is lost, late or wrong.
    """

    payments: Payments
    faults: Sequence[str]

    async def capture(self, amount: Money) -> Captured:
        """A new captured payment of MERCHANT."""

    async def arm(self, fault: str) -> None:
        """Let the next refund request have that fault, once."""

    async def paid_back(self, captured: Captured) -> list[Money]:
        """By the stand-in's own records: each refund of that payment which has paid or will pay."""

    async def refund_by_staff(self, captured: Captured, amount: Money) -> None:
        """A refund made at the provider, not by us."""

    async def pass_time(self, span: timedelta) -> None:
        """Move the clocks of the stand-in and of the adapter; keys are forgotten as the provider does."""


def refund_request(captured: Captured, key: str, amount: Money, merchant: str = MERCHANT) -> RefundRequest:
    """A request that was never sent before."""
    return RefundRequest(
        key=key, merchant=merchant, order=captured.order, payment=captured.payment, amount=amount
    )


def eur(minor: int) -> Money:
    """An amount in euros."""
    return Money(minor=minor, currency="EUR")


async def settle(provider: ProviderUnderTest, request: RefundRequest) -> ProviderRefund | Declined:
    """What the activity does: after an unknown outcome, look up, and send again only what did not happen."""
    for _ in range(_TRIES):
        try:
            if request.sent_at is not None and (found := await provider.payments.find(request)):
                return found
            return await provider.payments.refund(request)
        except OutcomeUnknown as unknown:
            if not isinstance(unknown, NotSent):
                first = request.sent_at or datetime.now(UTC)
                request = request.model_copy(update={"sent_at": first})
            await provider.pass_time(timedelta(minutes=3))
    raise AssertionError(f"no outcome after {_TRIES} tries")


class PaymentsContract:
    """The tests. Each makes payments of its own, so that one stand-in serves them all."""

    async def test_a_refund_is_made_once_per_key_and_found(self, provider: ProviderUnderTest) -> None:
        captured = await provider.capture(eur(5000))
        request = refund_request(captured, "m-one/r1/once", eur(2000))
        assert await provider.payments.find(request) is None
        first = await provider.payments.refund(request)
        assert isinstance(first, ProviderRefund)
        assert (first.key, first.amount, first.payment) == (request.key, eur(2000), captured.payment)
        assert first.state in ("accepted", "settled")
        again = await provider.payments.refund(request.model_copy(update={"sent_at": datetime.now(UTC)}))
        found = await provider.payments.find(request)
        assert isinstance(again, ProviderRefund)
        assert isinstance(found, ProviderRefund)
        assert {again.reference, found.reference} == {first.reference}
        assert await provider.paid_back(captured) == [eur(2000)]

    async def test_parts_add_up_to_the_whole_and_never_above(self, provider: ProviderUnderTest) -> None:
        captured = await provider.capture(eur(5000))
        for number, minor in enumerate((2000, 1999, 1001)):
            part = refund_request(captured, f"m-one/r2/part/{number}", eur(minor))
            assert isinstance(await provider.payments.refund(part), ProviderRefund)
        declined = await provider.payments.refund(refund_request(captured, "m-one/r2/part/more", eur(1)))
        assert isinstance(declined, Declined)
        assert declined.left in (None, eur(0))
        assert sum(one.minor for one in await provider.paid_back(captured)) == 5000

    async def test_more_than_is_left_is_declined_and_pays_nothing(self, provider: ProviderUnderTest) -> None:
        captured = await provider.capture(eur(5000))
        await provider.refund_by_staff(captured, eur(1500))
        declined = await provider.payments.refund(refund_request(captured, "m-one/r3/above", eur(3501)))
        assert isinstance(declined, Declined)
        assert declined.left in (None, eur(3500))
        assert await provider.paid_back(captured) == [eur(1500)]

    async def test_each_fault_pays_at_most_once_and_is_never_declined_after_it_paid(
        self, provider: ProviderUnderTest
    ) -> None:
        for fault in provider.faults:
            captured = await provider.capture(eur(4000))
            await provider.arm(fault)
            outcome = await settle(provider, refund_request(captured, f"m-one/r4/{fault}", eur(4000)))
            paid = await provider.paid_back(captured)
            assert len(paid) <= 1, fault
            assert isinstance(outcome, ProviderRefund) == (paid == [eur(4000)]), (fault, outcome, paid)

    async def test_a_key_that_the_provider_forgot_does_not_pay_twice(
        self, provider: ProviderUnderTest
    ) -> None:
        for fault in provider.faults:
            captured = await provider.capture(eur(4000))
            request = refund_request(captured, f"m-one/r5/{fault}", eur(1000))
            await provider.arm(fault)
            try:
                await provider.payments.refund(request)
                request = request.model_copy(update={"sent_at": datetime.now(UTC)})
            except NotSent:
                pass
            except OutcomeUnknown:
                request = request.model_copy(update={"sent_at": datetime.now(UTC)})
                await provider.pass_time(timedelta(hours=30))
            assert isinstance(await settle(provider, request), ProviderRefund), fault
            assert await provider.paid_back(captured) == [eur(1000)], fault

    async def test_parallel_calls_with_one_key_pay_once(self, provider: ProviderUnderTest) -> None:
        captured = await provider.capture(eur(5000))
        request = refund_request(captured, "m-one/r6/parallel", eur(1000))
        outcomes = await asyncio.gather(*(settle(provider, request) for _ in range(5)))
        assert len({one.reference for one in outcomes if isinstance(one, ProviderRefund)}) == 1
        assert await provider.paid_back(captured) == [eur(1000)]

    async def test_a_payment_that_does_not_exist_is_not_paid_back(self, provider: ProviderUnderTest) -> None:
        real = await provider.capture(eur(1000))
        unknown = Captured(order=real.order, payment=real.payment[:-4] + "9999")
        assert isinstance(
            await provider.payments.refund(refund_request(unknown, "m-one/r7/unknown", eur(1))), Declined
        )

    @pytest.mark.parametrize("merchant", ["m-refused", "m-none"])
    async def test_refused_or_missing_keys_wait_for_a_person(
        self, provider: ProviderUnderTest, merchant: str
    ) -> None:
        captured = await provider.capture(eur(1000))
        request = refund_request(captured, f"{merchant}/r8/keys", eur(1), merchant)
        with pytest.raises(AccountRefused):
            await provider.payments.refund(request)
        with pytest.raises(AccountRefused):
            await provider.payments.find(request)
        with pytest.raises(AccountRefused):
            await provider.payments.check(merchant)
        with pytest.raises(AccountRefused):
            [one async for one in provider.payments.refunds_since(merchant, datetime.now(UTC))]
        assert await provider.paid_back(captured) == []

    async def test_the_check_names_the_account(self, provider: ProviderUnderTest) -> None:
        assert await provider.payments.check(MERCHANT)

    async def test_the_list_has_our_refunds_by_key_and_those_of_staff(
        self, provider: ProviderUnderTest
    ) -> None:
        captured = await provider.capture(eur(5000))
        ours = await provider.payments.refund(refund_request(captured, "m-one/r9/list", eur(700)))
        await provider.refund_by_staff(captured, eur(300))
        assert isinstance(ours, ProviderRefund)
        since = datetime.now(UTC) - timedelta(hours=1)
        listed = [one async for one in provider.payments.refunds_since(MERCHANT, since)]
        here = [one for one in listed if one.payment == captured.payment]
        assert {(one.key, one.amount.minor) for one in here} == {("m-one/r9/list", 700), ("", 300)}
        assert ours.reference in {one.reference for one in here}
        assert len({one.reference for one in listed}) == len(listed)
