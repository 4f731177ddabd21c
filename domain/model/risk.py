"""The risk of a return: named points that say when its money leaves, and nothing else (RMA-13)."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from domain.base import Frozen
from domain.model.policy_amounts import Amounts, default_amounts, only
from domain.model.return_choices import PayOn

RiskTier = Literal["low", "medium", "high"]
RiskReason = Literal[
    "value", "earlier_returns", "rejected_earlier", "unpaid_claw_back", "new_customer", "address_mismatch", "flagged",
    "shop_score",
]  # fmt: skip
Points = Annotated[int, Field(ge=0, le=1000)]

_POINTS: dict[RiskReason, Points] = {
    "value": 20, "earlier_returns": 15, "rejected_earlier": 30, "unpaid_claw_back": 60, "new_customer": 15,
    "address_mismatch": 20, "flagged": 60, "shop_score": 60,
}  # fmt: skip


class RiskTerms(Frozen):
    """The points of a return, and what they change: when its money leaves, and whether an agent looks first."""

    points: dict[RiskReason, Points] = _POINTS
    """What each reason adds; a reason that is left out adds nothing. `shop_score`: for a score of 100, less in proportion."""
    value_above: Amounts = default_amounts(200)
    """`value`: the return pays more than this. A currency without a row counts as above."""
    returns_from: Annotated[int, Field(ge=1, le=1000)] = 4
    """`earlier_returns`: the customer opened so many returns within a year, or more."""
    new_customer_days: Annotated[int, Field(ge=0, le=3650)] = 90
    """`new_customer`: the customer's first order was placed fewer days ago."""
    medium_from: Points = 30
    """From so many points on the risk is medium."""
    high_from: Points = 60
    """From so many points on it is high."""
    pay_on: dict[RiskTier, PayOn] = {"low": "drop_off", "medium": "sent", "high": "receipt"}
    """When the money leaves, by risk; a tier that is left out pays on `receipt`."""
    review: tuple[RiskTier, ...] = ()
    """The tiers that wait for an agent first, with `review_hours` and `review_default`."""

    @model_validator(mode="after")
    def _rises(self) -> "RiskTerms":
        if self.medium_from > self.high_from:
            raise ValueError("medium_from is not above high_from")
        return self

    def in_currency(self, currency: str) -> "RiskTerms":
        """The terms with the amounts of that currency only."""
        return self.model_copy(update={"value_above": only(self.value_above, currency)})

    def tier(self, points: int) -> RiskTier:
        """The tier of so many points."""
        if points >= self.high_from:
            return "high"
        return "medium" if points >= self.medium_from else "low"


class RiskSignals(Frozen):
    """What the shop or its staff report about an order."""

    score: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    """The shop's own score; null where it has none."""
    address_mismatch: bool = False
    """Whether the address of the delivery does not fit the one of the payment."""
    flagged: bool = False
    """Whether an agent flagged the customer or the order."""


class CustomerHistory(Frozen):
    """What is known of the customer from all their orders at this merchant.

    first_order_days: how many days ago the first one was placed.
    returns: how many returns they opened within a year.
    rejected: how many of these had goods that were not accepted.
    owes: whether an amount that was claimed back is unpaid.
    """

    first_order_days: int = 0
    returns: int = 0
    rejected: int = 0
    owes: bool = False


class RiskPoints(Frozen):
    """The points of one reason."""

    reason: RiskReason
    """Why."""
    points: int
    """How many."""
    details: dict[str, int] = {}
    """The facts, by name."""


class RiskAssessment(Frozen):
    """What the points of a return come to, for staff. Customers see only when the money comes."""

    tier: RiskTier
    """How high the risk is."""
    points: int
    """All of them together."""
    reasons: tuple[RiskPoints, ...]
    """What they are made of."""


RISK_REASONS: tuple[RiskReason, ...] = get_args(RiskReason)
