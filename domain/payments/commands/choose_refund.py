"""Command: a refund came back or was refused, and the customer, or an agent for them, says how they want the money."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.model.command import Command
from domain.model.leg_data import RefundWay
from domain.model.state import JourneyState
from domain.payments.returned_refunds import leg_to_choose, pay_otherwise
from domain.reasons import CommandResult, Reason, Violation, accepted


class ChooseRefund(Command):
    """`store_credit`: the customer agrees to store credit, at once; `other_way`: a person of the shop pays it.

    leg: its key, or its short name in letters.
    """

    leg: Annotated[str, Field(max_length=128)]
    choice: RefundWay

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if leg_to_choose(state, self.leg) is None:
            return [Violation(code=Reason.NOTHING_TO_CHOOSE, details={"leg": self.leg})]
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        pay_otherwise(state, self.leg, self.choice, self.actor, now)
        return accepted(self.leg)
