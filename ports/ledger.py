"""The money we answer for: reserved before it leaves, posted when it left, released when it did not."""

from typing import Literal, Protocol

from domain.base import Frozen
from domain.model.payment import PaymentRequest


class LegRecord(Frozen):
    """How the leg stands in the ledger. `sent`: the provider may have seen it."""

    status: Literal["reserved", "sent", "settled", "released"]
    reference: str = ""
    decline: str = ""


class NotCovered(Exception):
    """The tender or the customer's credit does not hold that much: nothing was reserved or moved."""


class Ledger(Protocol):
    async def reserve(self, request: PaymentRequest) -> LegRecord:
        """Hold the principal on its tender, once per key, in one locking transaction. Raises NotCovered."""

    async def mark_sent(self, request: PaymentRequest) -> None:
        """Write down, durably, that from now on the provider may have acted."""

    async def post(self, request: PaymentRequest, reference: str) -> None:
        """The money left: post it and mark the leg settled in one transaction; again is a no-op.

        For credit this *is* the payment: credit, bonus expense and status in one transaction (S-81). Raises NotCovered
        when a reversal finds less credit than it must take back.
        """

    async def release(self, request: PaymentRequest, decline: str) -> None:
        """A clean no: give the hold back, mark the leg released; again is a no-op."""
