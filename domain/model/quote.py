"""Quotes: what a return would pay. One object is computed once, then shown, signed, checked and paid."""

from typing import Annotated

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import TenderKind
from domain.model.payment import RefundedTo
from domain.money import Money


class ReturnItem(Frozen):
    """A quantity of a line, and the reason for its return. A line that is listed twice counts as the sum (S-35)."""

    line_id: str
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    reason: str


class QuotedItem(Frozen):
    """Certain units of a line; `amount` is their price after discounts."""

    line_id: str
    units: tuple[int, ...]
    reason: str
    amount: Money


class TenderShare(Frozen):
    """The amount that one tender gives back.

    to: how it goes back.
    captured: whether the customer has paid it; nothing goes back of what they have not.
    """

    tender_id: str
    kind: TenderKind
    amount: Money
    to: RefundedTo = "provider"
    captured: bool = True

    def of(self, minor: int) -> "TenderShare":
        """The same tender with another amount."""
        return self.model_copy(update={"amount": Money(minor=minor, currency=self.amount.currency)})


class Quote(Frozen):
    """What a return of these items pays, until `expires_at`.

    refund: what goes back to the original tenders, as `shares` say.
    credit_bonus: store credit is `refund + credit_bonus`, valid for `credit_days`.
    terms: hash of the terms from which the quote was computed.
    """

    order: str
    items: tuple[QuotedItem, ...]
    refund: Money
    shares: tuple[TenderShare, ...]
    credit_bonus: Money
    credit_days: int
    terms: str
    created_at: Instant
    expires_at: Instant
