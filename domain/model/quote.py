"""Quotes: what a return would pay, computed once; shown, signed, guarded and paid as this one object."""

from typing import Annotated

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import TenderKind
from domain.money import Money


class ReturnItem(Frozen):
    """So many units of a line, and why. Listing a line twice is the same as listing the sum (S-35)."""

    line_id: str
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    reason: str


class QuotedItem(Frozen):
    """Exactly these units of a line; `amount` is what they cost after discounts."""

    line_id: str
    units: tuple[int, ...]
    reason: str
    amount: Money


class TenderShare(Frozen):
    """What one tender gives back."""

    tender_id: str
    kind: TenderKind
    amount: Money

    def of(self, minor: int) -> "TenderShare":
        """The same tender with another amount."""
        return self.model_copy(update={"amount": Money(minor=minor, currency=self.amount.currency)})


class Quote(Frozen):
    """What bringing back these items pays, either way, until `expires_at`.

    `refund` goes to the original tenders as `shares` say; as store credit it is `refund + credit_bonus`, good for
    `credit_days`. `terms`: hash of the terms it rests on.
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
