"""Bodies that edit an order after it was placed."""

from typing import Annotated

from pydantic import Field

from api.http.fields import SentInstant
from api.schemas.new_order import DestinationInput, TenderInput
from api.schemas.orders import invalid_body
from domain.base import Frozen
from domain.model.order import OrderLine, Tender
from domain.model.order_prices import StatedPrices, billed
from domain.model.order_totals import Inconsistency, amount_problems, inconsistencies
from domain.model.shipment import PackedLine
from domain.money import Currency, Money, zero


class _Addition(Frozen):
    """The amounts of what is added, as those of an order."""

    currency: Currency
    lines: tuple[OrderLine, ...]
    shipping: Money
    tip: Money | None = None
    tenders: tuple[Tender, ...]


class AddedLines(Frozen):
    """Lines that were added to an order, and what is paid for them. The tenders sum to the lines, tax included."""

    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    """The lines, with ids that the order does not have. They count as shipped later, without a promised day."""
    tax: Money | None = None
    """The tax of the added lines. Lines that state no tax of their own share what is left of it."""
    tax_included: bool = True
    """Whether prices and discounts include the tax; else it comes on top of them."""
    tenders: Annotated[tuple[TenderInput, ...], Field(max_length=10)] = ()
    """What they were paid with, or will be; with ids that the order does not have."""

    def addition(self) -> tuple[tuple[OrderLine, ...], tuple[Tender, ...]]:
        """The lines as they are billed, and their tenders. Raises Problem invalid_body."""
        currency = self.lines[0].unit_price.currency
        tenders, nothing = tuple(tender.tender() for tender in self.tenders), zero(currency)
        raw = _Addition(currency=currency, lines=self.lines, shipping=nothing, tenders=tenders)
        if found := [*amount_problems(raw), *self._tax_problems(currency)]:
            raise invalid_body(found)
        prices = billed(
            StatedPrices(lines=self.lines, shipping=nothing, tax=self.tax, tax_included=self.tax_included)
        )
        if isinstance(prices, Inconsistency):
            raise invalid_body([prices])
        if found := inconsistencies(raw.model_copy(update={"lines": prices.lines})):
            raise invalid_body(found)
        return prices.lines, tenders

    def _tax_problems(self, currency: str) -> list[Inconsistency]:
        if self.tax is not None and self.tax.currency != currency:
            return [Inconsistency("currency_mismatch", "/tax")]
        return [Inconsistency("negative_amount", "/tax")] if self.tax and self.tax.minor < 0 else []


class UnitsToRemove(Frozen):
    """Units that are taken off an order before they ship."""

    lines: Annotated[tuple[PackedLine, ...], Field(min_length=1, max_length=200)]
    """How many units of which lines."""


class ChangedDestination(DestinationInput):
    """Where the order goes now."""

    changed_at: SentInstant | None = None
    """When the customer changed it; now if left out or to come. A change that is older than the last one has no effect."""
