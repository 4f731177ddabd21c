"""A fake payment provider: it keeps its own payments and can be set to not answer or to answer late."""

import asyncio
from collections import Counter

from ports.payments import Declined, OutcomeUnknown, Refunded, RefundRequest


class FakePaymentProvider:
    """The port `Payments`: pays once per key, and does not answer about the payments in `unresponsive`."""

    def __init__(self) -> None:
        self.paid: dict[str, RefundRequest] = {}
        self.calls: Counter[str] = Counter()
        self.unresponsive: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}

    async def refund(self, request: RefundRequest) -> Refunded | Declined:
        self.calls[request.key] += 1
        await self._behave(request.payment)
        self.paid.setdefault(request.key, request)
        return Refunded(reference=f"re/{request.key}")

    async def find(self, key: str) -> Refunded | None:
        if self.unresponsive:
            raise OutcomeUnknown("no answer")
        return Refunded(reference=f"re/{key}") if key in self.paid else None

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
