"""Facts: what is counted for a merchant's figures, each with its day and what it may be grouped by.

Facts hold no personal data: neither names nor addresses, nor the pseudonym of a customer.
"""

from datetime import date, timedelta
from typing import Literal, NamedTuple

FactKind = Literal[
    "order", "touched", "page_view", "unit_sold", "unit_returned",
    "promised", "on_time", "warned",
    "date_given", "date_kept",
    "return", "resolved", "bought_again",
    "return_cost", "money_back", "scan_to_money", "refund_limit", "refund_in_time", "refund", "refund_trouble",
    "disposed", "dock_to_stock",
    "question_open", "question_settled",
    "effort", "effort_part",
    "feedback",
]  # fmt: skip


class FigureFact(NamedTuple):
    """One thing that is so. What is no longer so is taken back by the same fact with the opposite `times` and `value`.

    subject: the parcel, return, payment, line or question that it is about, within its order.
    day: the day on which it counts, at the order's destination.
    bucket: the step of a duration or score, for medians and shares.
    times: how many; value: a sum in minor units of `currency`, or a number that is averaged.
    """

    kind: FactKind
    subject: str
    day: date
    carrier: str = ""
    country: str = ""
    sku: str = ""
    reason: str = ""
    currency: str = ""
    bucket: int = 0
    times: int = 1
    value: int = 0

    def undone(self) -> "FigureFact":
        """What takes this fact back."""
        return self._replace(times=-self.times, value=-self.value)


_STEPS = (60, 600, 3600, 10 * 3600, 100 * 3600)
"""Up to these seconds a duration is kept to the second, ten seconds, minute, ten minutes, and hour; then to ten hours."""


def duration_step(span: timedelta) -> int:
    """The duration in seconds, rounded down so that figures need few steps; a negative one is 0."""
    seconds = max(0, int(span.total_seconds()))
    for limit, unit in zip(_STEPS, (1, 10, 60, 600, 3600), strict=True):
        if seconds < limit:
            return seconds - seconds % unit
    return seconds - seconds % 36000
