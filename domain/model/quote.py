"""Quotes: what a return would pay. One object is computed once, then shown, signed, checked and paid."""

from typing import Annotated

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.bonus_table import BonusRow
from domain.model.country_packs import PackName
from domain.model.exchange_quote import ExchangeQuote
from domain.model.offer import Offer
from domain.model.order import TenderKind
from domain.model.payment import RefundedTo
from domain.model.refund_part import RefundPart
from domain.model.return_choices import PayOn, ReturnMethod
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
    """Their price after discounts, with tax and duty."""
    tax: Money | None = None
    """The tax in it; null where it is not known."""


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
        if minor == self.amount.minor:
            return self
        return TenderShare(
            tender_id=self.tender_id,
            kind=self.kind,
            amount=Money(minor=minor, currency=self.amount.currency),
            to=self.to,
            captured=self.captured,
        )


class Quote(Frozen):
    """What a return of these items pays, until it expires."""

    order: str
    """Our id of the order."""
    items: tuple[QuotedItem, ...]
    """The units, and what each costs."""
    method: ReturnMethod = "drop_off"
    """How the goods come back."""
    pay_on: PayOn
    """What the money waits for: that the goods are handed over, are with a carrier, or were received and accepted."""
    parts: tuple[RefundPart, ...] = ()
    """What is paid back for what, and what is deducted; together `refund`."""
    refund: Money
    """What goes back to the original tenders, as `shares` say."""
    shares: tuple[TenderShare, ...]
    """What each tender gives back."""
    credit_bonus: Money
    """Store credit is `refund` and this together."""
    credit_days: int | None
    """How long the bonus would be valid, in days; null for ever. The rest of the store credit never expires."""
    offers: tuple[Offer, ...] = ()
    """What the customer may choose; the original payments come first where the law demands them."""
    exchange: ExchangeQuote | None = None
    """The new goods, where the request names some and they can be had; null otherwise."""
    fast_return: tuple[BonusRow, ...] = ()
    """What goods add that are dropped off soon, if they are authorized today; later dates where that is later."""
    law: PackName | None = None
    """The country pack by which these units cost no fee, and the shipping of a whole order goes back; null without one."""
    terms: str
    """The hash of the terms from which it was computed."""
    created_at: Instant
    """When it was computed."""
    expires_at: Instant
    """Until when it binds us."""

    @property
    def has_extras(self) -> bool:
        """Whether it pays or deducts anything that belongs to no unit."""
        return any(part.kind in ("shipping", "method_fee") for part in self.parts)
