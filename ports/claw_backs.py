"""Port: the ledger of claims."""

from typing import Protocol

from domain.base import Frozen
from domain.model.claw_back_request import ClawBackRequest
from domain.money import Money


class Collected(Frozen):
    """What was entered as owed, and how much of it store credit covered."""

    booked: Money
    netted: Money


class ClawBackLedger(Protocol):
    """Every step happens once per key."""

    async def collect(self, request: ClawBackRequest) -> Collected:
        """Enter what the customer owes, and use their store credit for it, at most what is there.

        Both in one transaction; again is a no-op with the same answer.
        """

    async def book(self, request: ClawBackRequest) -> None:
        """Write the postings of the step as one entry; again is a no-op. Credit that is given back never expires."""
