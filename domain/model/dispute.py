"""A dispute: the bank of a payment asks it back, or asks about it. Its state is what its statements come to."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from domain.base import Frozen, State
from domain.clock import Instant
from domain.model.claw_back import CLAW_BACK_TENDER
from domain.model.leg import Leg
from domain.money import Money

DisputeState = Literal[
    "inquiry", "needs_response", "under_review", "unclear", "won", "lost", "withdrawn"
]  # fmt: skip
"""
inquiry: the bank asks; no money has moved.
needs_response: the bank has taken the money; the provider takes evidence until its deadline.
under_review: the evidence is with the bank.
unclear: it ended, and the provider does not say who has the money: a person states that.
won: the bank gave the money back to the shop.
lost: the customer keeps the money.
withdrawn: it ended without the bank having the money: an inquiry was closed, or the customer took it back.
"""
ENDS: Final[frozenset[DisputeState]] = frozenset({"won", "lost", "withdrawn"})
_TAKEN: Final[frozenset[DisputeState]] = frozenset({"needs_response", "under_review", "lost"})
_RANK: Final[Mapping[DisputeState, int]] = {
    "inquiry": 0, "needs_response": 1, "under_review": 2, "unclear": 3, "withdrawn": 4, "won": 5, "lost": 6,
}  # fmt: skip
MAX_STATEMENTS: Final = 50  # kept of one dispute; the oldest are dropped

DisputeStep = Literal[
    "hold_dispute", "release_dispute", "charge_dispute_fee", "return_dispute_fee", "write_off_dispute", "recover_dispute",
]  # fmt: skip
"""
hold_dispute, release_dispute: the bank took money, and gave it back.
charge_dispute_fee, return_dispute_fee: what the provider charges for the dispute, and gives back.
write_off_dispute: of a lost one, what was paid back before: the shop has lost it. recover_dispute: less of it than was booked.
"""


class DisputeStatement(Frozen):
    """One statement about a dispute, by its provider or by a person.

    amount: what is asked back. fee: what the provider has charged for it in all; None where that is not stated.
    raw_state, reason: the provider's own words.
    respond_by: until when the provider takes evidence.
    at: since when it is in this state, by the provider's time.
    """

    amount: Money
    fee: Money | None = None
    state: DisputeState
    raw_state: str = ""
    reason: str = ""
    respond_by: Instant | None = None
    at: Instant


class DisputeBooking(Frozen):
    """One movement of the ledger for a dispute; the commit that has it first enters it. `amount`: positive."""

    step: DisputeStep
    amount: Money


class Dispute(State):
    """One dispute about one payment.

    dispute: our id.
    provider: who holds the payment, as the ledger names its cash.
    reference: the provider's id; empty while only a refused refund shows that there is a dispute.
    payment: the provider's id of the payment.
    tender_id: the tender that is disputed; empty where it is not known which one, `CLAW_BACK_TENDER` where it is the payment of a
    claim.
    statements: in the order of their coming.
    opened_at, ended_at: business time.
    assigned_at: of a lost one: since when it is known which units the bank has paid.
    warned: how many alarms before the provider's deadline there were.
    """

    dispute: str
    provider: str
    reference: str = ""
    payment: str = ""
    tender_id: str = ""
    statements: list[DisputeStatement] = []
    bookings: list[DisputeBooking] = []
    opened_at: Instant
    ended_at: Instant | None = None
    assigned_at: Instant | None = None
    warned: int = 0

    @property
    def newest(self) -> DisputeStatement | None:
        """What the statements come to, in whatever order they came; None while there are none."""
        return newest(self.statements)

    @property
    def state(self) -> DisputeState:
        return self.newest.state if self.newest else "needs_response"

    @property
    def amount(self) -> Money | None:
        return self.newest.amount if self.newest else None

    @property
    def ended(self) -> bool:
        return self.state in ENDS

    @property
    def unassigned(self) -> bool:
        """Whether it is lost and not known for which units the bank has paid."""
        return self.state == "lost" and self.assigned_at is None

    @property
    def holds(self) -> bool:
        """Whether refunds wait for it. An inquiry holds none: a refund is an answer to it."""
        return self.unassigned or not (self.ended or self.state == "inquiry")

    @property
    def of_claim(self) -> bool:
        """Whether it is about a payment with which the customer paid a claim: no tender of the order is touched."""
        return self.tender_id == CLAW_BACK_TENDER

    def is_of(self, leg: Leg) -> bool:
        """Whether the leg gives the disputed payment back."""
        return leg.tender_id == self.tender_id and (not self.of_claim or leg.payment == self.payment)

    @property
    def taken(self) -> Money | None:
        """What the bank has now; None where that is not stated."""
        if self.newest is None or self.state == "unclear":
            return None
        amount = self.newest.amount
        return amount if self.state in _TAKEN else amount - amount

    @property
    def fee(self) -> Money | None:
        """What was charged in all, by the newest statement that says."""
        stated = newest(one for one in self.statements if one.fee is not None)
        return stated.fee if stated else None

    def note(self, statement: DisputeStatement) -> bool:
        """Add a statement; False when it is known."""
        if statement in self.statements:
            return False
        self.statements = [*self.statements, statement][-MAX_STATEMENTS:]
        return True

    def book(self, target: Money, forth: DisputeStep, back: DisputeStep) -> None:
        """Book what is missing so that both steps together come to the target."""
        booked = {forth: 1, back: -1}
        minor = sum(
            booked[one.step] * one.amount.minor
            for one in self.bookings
            if one.step in booked and one.amount.currency == target.currency
        )
        missing = target.minor - minor
        if missing:
            step, amount = (forth, missing) if missing > 0 else (back, -missing)
            booking = DisputeBooking(step=step, amount=Money(minor=amount, currency=target.currency))
            self.bookings = [*self.bookings, booking]


def newest(statements: Iterable[DisputeStatement]) -> DisputeStatement | None:
    """The last of them by their own time; at one instant the one that is further."""
    return max(statements, key=lambda one: (one.at, _RANK[one.state]), default=None)
