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
    """Certain units of a line."""

    line_id: str
    """The order's line."""
    units: tuple[int, ...]
    """The numbers of the units within their line, from 0."""
    reason: str
    """Why they come back."""
    amount: Money
    """Their price after discounts."""


class TenderShare(Frozen):
    """The amount that one tender gives back."""

    tender_id: str
    """The shop's own id of the tender."""
    kind: TenderKind
    """What was paid with."""
    amount: Money
    """How much goes back to it."""
    to: RefundedTo = "provider"
    """How it goes back: through the provider, as store credit, or by a person."""
    captured: bool = True
    """Whether the customer has paid it; nothing goes back of what they have not."""

    def of(self, minor: int) -> "TenderShare":
        """The same tender with another amount."""
        return self.model_copy(update={"amount": Money(minor=minor, currency=self.amount.currency)})


class Quote(Frozen):
    """What a return of these items pays, until it expires."""

    order: str
    """Our id of the order."""
    items: tuple[QuotedItem, ...]
    """The units, and what each costs."""
    refund: Money
    """What goes back to the original tenders, as `shares` say."""
    shares: tuple[TenderShare, ...]
    """What each tender gives back."""
    credit_bonus: Money
    """Store credit is `refund` and this together."""
    credit_days: int | None
    """How long the bonus would be valid, in days; null for ever. The rest of the store credit never expires."""
    terms: str
    """The hash of the terms from which it was computed."""
    created_at: Instant
    """When it was computed."""
    expires_at: Instant
    """Until when it binds us."""
