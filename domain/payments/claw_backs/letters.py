"""Letters about a claim: each kind once per state that it reports."""

from datetime import datetime

from domain import keys
from domain.model.claw_back import ClawBack
from domain.model.notice import NoticeKind
from domain.model.state import JourneyState


def notify(
    state: JourneyState, claim: ClawBack, kind: NoticeKind, now: datetime, **details: str | int
) -> None:
    """Notify the customer. The text is made of the claim as it stands when the letter leaves."""
    key = keys.notice(claim.claim, kind, _revision(claim, kind))
    state.notify(now, key, kind, claim.claim, **details)


def _revision(claim: ClawBack, kind: NoticeKind) -> int:
    """What numbers the letters of a kind: answers, pages to pay on, or how often it has ended."""
    match kind:
        case "claw_back_answered":
            return claim.replies
        case "claw_back_payment":
            return max(1, len(claim.links))
        case _:
            return max(1, claim.closings)
