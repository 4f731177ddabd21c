"""The ledger: money is reserved before it leaves, posted when it has left, and released when it has not."""

from datetime import datetime
from typing import Literal, Protocol

from domain.base import Frozen
from domain.clock import Instant
from domain.model.payment import PaymentRequest
from domain.money import Money

LedgerStatus = Literal["reserved", "sent", "settled", "reversed", "released"]


class LegRecord(Frozen):
    """A leg in the ledger. `sent`: the provider may have acted. `reversed`: the money came back and is owed.

    `sent_at`, `last_sent_at`: when it was sent for the first and the last time, in real time.
    bonus: what moves, or has moved, on top of the principal.
    """

    status: LedgerStatus
    reference: str = ""
    decline: str = ""
    sent_at: Instant | None = None
    last_sent_at: Instant | None = None
    bonus: int = 0


class LegClosed(Exception):
    """Another run of the payment step has settled or released the leg since this one read it."""


class NotCovered(Exception):
    """The tender or the customer's credit does not hold that much. Nothing was reserved or moved."""


class Ledger(Protocol):
    """The legs of all orders. Every step happens once per key."""

    async def reserve(self, request: PaymentRequest) -> LegRecord:
        """Reserve the principal on its tender, once per key, in one locking transaction. Raises NotCovered.

        For a leg that replaces a reversed one, the money that is reserved for that one goes back to the tender first.
        """

    async def mark_sent(self, request: PaymentRequest) -> datetime:
        """Store that from now on the provider may have acted. Returns the time that is stored, in real time."""

    async def mark_unsent(self, request: PaymentRequest, at: datetime) -> None:
        """Undo the first `mark_sent`, of that time: the call did not get to the provider. Not if it was sent again since."""

    async def accept(self, request: PaymentRequest, reference: str) -> None:
        """Store the provider's id of a payment that it will finish later: its messages about it may name nothing else."""

    async def post(self, request: PaymentRequest, reference: str) -> Money:
        """Post the payment and mark the leg settled, in one transaction; again is a no-op. Returns the bonus that moved.

        For store credit this is the payment itself: credit, bonus expense and status in one transaction (S-81). Raises
        NotCovered when a reversal finds less credit than it must take back. A leg that was reversed may be settled again.
        """

    async def reverse(self, request: PaymentRequest, decline: str) -> None:
        """Take the posting back: the money came back and is owed again, reserved for the leg; again is a no-op."""

    async def release(self, request: PaymentRequest, decline: str) -> None:
        """After a refusal: give the reserved money back and mark the leg released; again is a no-op."""
