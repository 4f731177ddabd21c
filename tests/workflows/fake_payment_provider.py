"""A fake payment provider: it keeps its own payments and can be set to not answer or to answer late."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

from ports.payments import Declined, OutcomeUnknown, ProviderRefund, RefundRequest


class FakePaymentProvider:
    """The port `Payments`: pays once per key, and does not answer about the payments in `unresponsive`."""

    def __init__(self) -> None:
        self.paid: dict[str, RefundRequest] = {}
        self.calls: Counter[str] = Counter()
        self.unresponsive: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        self.calls[request.key] += 1
        await self._behave(request.payment)
        return _made(self.paid.setdefault(request.key, request))

    async def find(self, request: RefundRequest) -> ProviderRefund | None:
        if self.unresponsive:
            raise OutcomeUnknown("no answer")
        return _made(self.paid[request.key]) if request.key in self.paid else None

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        for request in self.paid.values():
            if request.merchant == merchant:
                yield _made(request)

    async def check(self, merchant: str) -> str:
        return merchant

    async def _behave(self, payment: str) -> None:
        if payment in self.unresponsive:
            raise OutcomeUnknown("no answer")
        if payment in self.gates:
            await self.gates[payment].wait()

    def refunds_of(self, merchant: str) -> dict[str, int]:
        """What was refunded for that merchant, by leg, in minor units."""
        return {
            key.removeprefix(f"{merchant}/"): request.amount.minor
            for key, request in sorted(self.paid.items())
            if key.startswith(f"{merchant}/")
        }


def _made(request: RefundRequest) -> ProviderRefund:
    return ProviderRefund(
        reference=f"re/{request.key}",
        key=request.key,
        payment=request.payment,
        amount=request.amount,
        state="settled",
    )
