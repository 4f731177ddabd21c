"""Feedback: what customers answer when they are asked how it went, once for each moment."""

from typing import Literal

from domain.base import State
from domain.clock import Instant

Survey = Literal["csat", "ces", "nps"]
"""csat: how satisfied, after the delivery; ces: how easy, after a return; nps: whether they recommend the shop, after it paid."""

SCORES: dict[Survey, range] = {"csat": range(1, 6), "ces": range(1, 8), "nps": range(11)}
"""The possible scores, the worst first."""
BAD_UP_TO: dict[Survey, int] = {"csat": 2, "ces": 3, "nps": 6}
"""Up to which score a person looks at what happened."""


class FeedbackAnswer(State):
    """One answer.

    subject: the return that it is about; empty for the order.
    comment: what the customer added, sealed; empty for nothing.
    """

    survey: Survey
    subject: str
    score: int
    at: Instant
    comment: str = ""

    @property
    def bad(self) -> bool:
        return self.score <= BAD_UP_TO[self.survey]
