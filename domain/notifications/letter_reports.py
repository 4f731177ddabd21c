"""Reports about letters that have left: a mail server or relay says what became of one, in any order and more than once."""

from datetime import datetime
from typing import Literal

Report = Literal["delayed", "delivered", "not_delivered", "bounced", "complained"]
LetterStatus = Literal[
    "handed_over", "accepted", "refused", "delayed", "delivered", "not_delivered", "bounced", "complained"
]
# A later report counts only when it says more: a complaint is about a letter that arrived, and a bounce may follow a delivery.
_RANK: dict[str, int] = {
    "": 0, "refused": 0, "delayed": 1, "delivered": 2, "not_delivered": 3, "bounced": 4, "complained": 5
}  # fmt: skip


def is_news(report: Report, status: str) -> bool:
    """Whether the report says more than what is known of the letter."""
    return _RANK[report] > _RANK[status]


def letter_status(status: str, accepted_at: datetime | None) -> LetterStatus:
    """What became of a letter, for people. `status`: as last reported; empty for nothing."""
    known: dict[str, LetterStatus] = {
        "refused": "refused", "delayed": "delayed", "delivered": "delivered", "not_delivered": "not_delivered",
        "bounced": "bounced", "complained": "complained",
    }  # fmt: skip
    return known.get(status) or ("accepted" if accepted_at else "handed_over")
