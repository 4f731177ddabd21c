"""What of an order's price goes back besides the goods, what is deducted, and what fast customers get on top."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.base import Frozen
from domain.model.country_packs import CountryPack
from domain.model.policy_amounts import Amounts, default_amounts, only
from domain.model.return_choices import ReturnMethod

Days = Annotated[int, Field(ge=0, le=3650)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
ReturnReason = Annotated[str, Field(min_length=1, max_length=64)]


class RefundTerms(Frozen):
    """What is paid back besides the goods, and which fees are deducted."""

    shipping: Literal["never", "whole_order"] = "never"
    """Whether returns pay back what shipping to the customer cost: with the return that completes the order, or never."""
    lost_order: Literal["everything", "goods"] = "everything"
    """What an order of which nothing ever arrived pays back: shipping and tip too, or the goods alone."""
    restocking: BasisPoints = 0
    """What is deducted from the price of each unit, in basis points; rounded down."""
    method_fees: dict[ReturnMethod, Amounts] = {}
    """What a return costs the customer, once each, by the way in which its goods come back; nothing without a row."""
    handling_costs: dict[ReturnMethod, Amounts] = {}
    """What a return costs the shop, carriage and work, by the way in which its goods come back; counted, never deducted."""
    free_reasons: Annotated[tuple[ReturnReason, ...], Field(max_length=50)] = (
        "damaged",
        "wrong_item",
        "late",
    )
    """Units that come back for one of these cost no restocking, and a return with one of them no fee."""

    def under(self, law: CountryPack) -> "RefundTerms":
        """The terms of goods from whose purchase the customer may withdraw: only the way back may cost."""
        shipping = "whole_order" if law.outbound_shipping else self.shipping
        restocking = self.restocking if law.restocking else 0
        return self.model_copy(update={"shipping": shipping, "restocking": restocking})

    def for_withdrawal(self) -> "RefundTerms":
        """The terms of a customer who withdraws: shipping goes back with all of the order, and only the way back may cost."""
        return self.model_copy(update={"shipping": "whole_order", "restocking": 0})

    def in_currency(self, currency: str) -> "RefundTerms":
        """The terms with the amounts of that currency only."""
        fees = {method: only(rows, currency) for method, rows in self.method_fees.items()}
        costs = {method: only(rows, currency) for method, rows in self.handling_costs.items()}
        return self.model_copy(update={"method_fees": fees, "handling_costs": costs})


class BonusStep(Frozen):
    """The bonus for goods that are handed over within so many days."""

    days: Annotated[int, Field(ge=0, le=365)]
    """The last day, counted from the day of the authorization, which is 0."""
    bonus: Annotated[int, Field(ge=0, le=10_000)]
    """The bonus, in basis points of the refund."""


class FastReturnTerms(Frozen):
    """The bonus for goods that are dropped off soon, paid as store credit together with the money."""

    steps: Annotated[tuple[BonusStep, ...], Field(min_length=1, max_length=10)] = (
        BonusStep(days=3, bonus=1000), BonusStep(days=7, bonus=700), BonusStep(days=14, bonus=500),
    )  # fmt: skip
    """The curve by day; after its last day there is none."""
    cap: Amounts = default_amounts(50)
    """The highest such bonus of an order, over all its returns; in a currency without a row there is none."""

    @model_validator(mode="after")
    def _falls(self) -> "FastReturnTerms":
        if any(later.days <= step.days or later.bonus > step.bonus for step, later in pairwise(self.steps)):
            raise ValueError("the steps of a fast return are in the order of their days, and no bonus rises")
        return self

    def in_currency(self, currency: str) -> "FastReturnTerms":
        """The terms with the cap of that currency only."""
        return self.model_copy(update={"cap": only(self.cap, currency)})

    def rate(self, day: int) -> int:
        """The bonus of goods that are handed over on that day after the authorization, in basis points."""
        return next((step.bonus for step in self.steps if day <= step.days), 0)
