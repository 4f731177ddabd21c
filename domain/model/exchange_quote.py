"""What an exchange comes to: the goods that leave for those that come back, and the difference of their prices."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.model.order import Identifier, Label
from domain.money import Money

ExchangeFallback = Literal["refund", "store_credit", "wait"]
"""What the customer gets if the new goods cannot be had. `wait`: they are reserved as soon as there are some again."""


class ExchangeWish(Frozen):
    """The article that the customer wants for the units of a line."""

    line_id: Identifier
    """The order's line that comes back."""
    sku: Identifier
    """The shop's own id of the article that leaves for it."""


class StockedArticle(Frozen):
    """What the shop's stock system says of an article.

    price: of one piece; None where it leaves for whatever was paid for the other one, as another size.
    available: how many there are.
    """

    sku: Identifier
    title: Label
    price: Money | None = None
    available: int


class ExchangedItem(Frozen):
    """Units of a line, and the article that leaves for each of them."""

    line_id: str
    """The order's line that comes back."""
    units: tuple[int, ...]
    """The numbers of the units within their line, from 0."""
    sku: Identifier
    """The shop's own id of the article that leaves."""
    title: Label
    """What letters call it."""
    carries: Money
    """What was paid for the units that come back: it pays for the new ones."""
    price: Money
    """What the new units cost, all of them."""
    tax: Money | None = None
    """The tax in it, where they leave for what was paid; else it is not known."""


class ExchangeQuote(Frozen):
    """The goods that leave for those that come back."""

    items: Annotated[tuple[ExchangedItem, ...], Field(min_length=1)]
    """One for each line that comes back."""
    to_pay: Money
    """What the customer pays on top before the new goods leave; zero where they cost no more."""
    pays_back: Money
    """What goes back to the original payments, where the new goods cost less."""
