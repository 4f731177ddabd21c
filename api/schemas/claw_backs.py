"""Bodies of the routes about claims."""

from typing import Annotated, Final

from pydantic import Field

from domain.base import Frozen
from domain.model.claw_back import ClawBackAnswer
from domain.payments.commands.decide_claw_back import ClawBackDecision

MAX_EVIDENCE: Final = 2000  # characters that a customer may write


class ClawBackAnswerRequest(Frozen):
    """What the customer answers to the notice of a claim."""

    answer: ClawBackAnswer
    """`agree`: it is right. `will_send`: the goods are coming. `already_sent`, `dispute`: a person decides."""
    text: Annotated[str, Field(max_length=MAX_EVIDENCE)] = ""
    """Evidence, as the number of a receipt; sealed, and read by the shop's staff."""


class ClawBackDecisionRequest(Frozen):
    """What a person decides about a claim."""

    decision: ClawBackDecision
    """`accept`, `reject`: of the customer's answer. `waive`: what was taken stays, and nothing more is asked for. `withdraw`: all
    is given back. `write_off`: what is owed is given up. `paid_by_hand`: what is owed was received."""
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    """Why; kept sealed in the audit."""
