"""The payment provider, played: it keeps its own books and can be told to fall silent or to take its time."""

import asyncio
from collections import Counter

from ports.payments import Declined, RefundAsk, Refunded, Unanswered


class Till:
    """The payment provider: pays once per key, and says nothing about payments it was told to be silent about."""

    def __init__(self) -> None:
        self.paid: dict[str, RefundAsk] = {}
        self.calls: Counter[str] = Counter()
        self.silent: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}

    async def refund(self, ask: RefundAsk) -> Refunded | Declined:
        self.calls[ask.key] += 1
        await self._mood(ask.payment)
        self.paid.setdefault(ask.key, ask)
        return Refunded(reference=f"re/{ask.key}")

    async def find(self, key: str) -> Refunded | None:
        if self.silent:
            raise Unanswered("no answer")
        return Refunded(reference=f"re/{key}") if key in self.paid else None

    async def _mood(self, payment: str) -> None:
        if payment in self.silent:
            raise Unanswered("no answer")
        if payment in self.gates:
            await self.gates[payment].wait()

    def of(self, merchant: str) -> dict[str, int]:
        """What was paid back for that merchant, by leg, in minor units."""
        return {
            key.removeprefix(f"{merchant}/"): ask.amount.minor
            for key, ask in sorted(self.paid.items())
            if key.startswith(f"{merchant}/")
        }
