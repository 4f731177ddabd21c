"""When exchanges end by themselves, and what is promised for the goods that leave."""

from typing import Annotated

from pydantic import Field

from domain.base import Frozen

ExchangeDays = Annotated[int, Field(ge=1, le=365)]


class ExchangeTerms(Frozen):
    """The deadlines of exchanges. They are offered where `resolutions` has `exchange` and the shop's stock can be asked."""

    ship_days: ExchangeDays = 5
    """The new goods are promised for so many days after the old ones came back."""
    pay_days: ExchangeDays = 3
    """How long the customer has to pay a difference."""
    wait_days: ExchangeDays = 14
    """How long goods that are out of stock are waited for, where the customer chose to wait."""
    authorization_days: ExchangeDays = 7
    """How long after the order a card payment that is not captured can pay for new goods."""
