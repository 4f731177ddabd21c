"""When a merchant asks for money back that a customer has without its goods, and how."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.model.policy_amounts import Amounts, default_amounts, only
from domain.money import Money

ClawBackGround = Literal["rejected", "incomplete", "never_arrived", "lost_after_scan", "parcel_arrived"]
"""
rejected: goods that were paid arrived in another condition, and were not accepted.
incomplete: a part of goods that were paid arrived, and the rest did not.
never_arrived: nothing arrived of goods that were paid, and nothing proves that the customer gave them away.
lost_after_scan: nothing arrived, though a drop-off point or a carrier had taken them.
parcel_arrived: a parcel that was paid back or replaced as lost was delivered after all.
"""
AnswerDays = Annotated[int, Field(ge=1, le=90)]


class ClawBackTerms(Frozen):
    """How money is asked back that was paid before its goods were seen."""

    grounds: tuple[ClawBackGround, ...] = ("rejected", "incomplete", "never_arrived")
    """What is asked for. Goods that a partner had taken are the partner's loss, unless `lost_after_scan` is added."""
    answer_days: AnswerDays = 14
    """Days in which the customer may answer the notice. Nothing is taken before."""
    payment_days: AnswerDays = 14
    """Days in which the customer may pay what their store credit does not cover; then it is written off."""
    minimum: Amounts = default_amounts(5)
    """What is less is written off at once, without a notice; in a currency without a row everything is asked for."""

    def in_currency(self, currency: str) -> "ClawBackTerms":
        """The terms with the minimum of that currency only."""
        return self.model_copy(update={"minimum": only(self.minimum, currency)})

    def is_too_little(self, amount: Money) -> bool:
        """Whether so little is not worth asking for."""
        return amount.minor < self.minimum.get(amount.currency, 0)
