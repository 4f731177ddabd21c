"""By when the money of a return has to leave: a section of a policy."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from domain.base import Frozen
from domain.model.order import Country
from domain.model.policy_amounts import Amounts, only
from domain.model.refund_terms import Days

Percent = Annotated[int, Field(ge=1, le=99)]


class RefundDeadlineTerms(Frozen):
    """By when the money of a return has to leave: by law, and by the shop's own promise. The earlier date counts."""

    statutory_days: Annotated[dict[Country, Days], Field(max_length=250)] = {}
    """Days from the opening, by country of destination. In the EEA and the UK 14 for a withdrawal; a row may be less."""
    other_days: Days | None = None
    """The same for all countries without a row outside of these; null: no date."""
    promised_days: Days | None = None
    """What the shop promises: days from the day on which the goods were handed over; null: nothing."""
    pay_ahead: Annotated[int, Field(ge=0, le=72)] = 12
    """Hours before the end of the date at which the money leaves by itself, if the goods or a proof of sending are there."""
    alerts: Annotated[tuple[Percent, ...], Field(max_length=5)] = (50, 80)
    """Shares of the time, in percent, after which the people who can act are told. At 100 they always are."""
    goodwill: Amounts | None = None
    """Store credit for a date that was told and broken, once a return; null: none. In a currency without a row there is none."""

    @model_validator(mode="after")
    def _rise(self) -> "RefundDeadlineTerms":
        if any(later <= earlier for earlier, later in pairwise(self.alerts)):
            raise ValueError("the alerts of refund_deadlines rise")
        return self

    def in_currency(self, currency: str) -> "RefundDeadlineTerms":
        """The terms with the amounts of that currency only."""
        return self.model_copy(update={"goodwill": self.goodwill and only(self.goodwill, currency)})
