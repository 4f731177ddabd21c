"""Letters about a claim: each kind once per state that it reports."""

from datetime import datetime

from domain import notice_keys
from domain.model.claw_back import ClawBack
from domain.model.notice import NoticeKind
from domain.model.state import JourneyState


def notify(
    state: JourneyState, claim: ClawBack, kind: NoticeKind, now: datetime, **details: str | int
) -> None:
    """Notify the customer. The text is made of the claim as it stands when the letter leaves."""
    key = notice_keys.notice(claim.claim, kind, _revision(claim, kind, details.get("outcome") == "rejected"))
    state.notify(now, key, kind, claim.claim, **details)


def record_unread(state: JourneyState, notice: str) -> bool:
    """Mark the claim whose notice did not reach the customer; True where that is news."""
    for claim in state.claw_backs:
        key = notice_keys.notice(claim.claim, "claw_back_notice", 1)
        if key == notice and not claim.unread:
            claim.unread = True
            return True
    return False


def _revision(claim: ClawBack, kind: NoticeKind, rejected: bool) -> int:
    """What numbers the letters of a kind: answers and their rejections, pages to pay on, or how often it has ended."""
    match kind:
        case "claw_back_answered":
            return 2 * claim.replies - (not rejected)
        case "claw_back_payment":
            return len(claim.links) + claim.by_hand
        case _:
            return max(1, claim.closings)
