"""Stale notices: whether a notice is still true right before it is sent (NEW-6)."""

from collections.abc import Mapping
from datetime import datetime

from domain import keys
from domain.delays.news import late_estimate
from domain.model.attention import AttentionKind
from domain.model.delay import is_unshipped
from domain.model.notice import Notice, NoticeKind
from domain.model.return_case import ReturnDecision
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.units import both

_DECISIONS: dict[NoticeKind, ReturnDecision] = {
    "return_authorized": "authorized",
    "return_in_review": "in_review",
    "return_refused": "refused",
    "return_expired": "expired",
    "return_cancelled": "cancelled",
}


def stale_reason(notice: Notice, state: JourneyState, sent: Mapping[str, datetime]) -> str | None:
    """Why this notice must not be sent any more; None while it is as true as when it was written.

    sent: business time at which other notices of this order were sent, by key.
    """
    match notice.kind:
        case "delayed":
            return _delay_stale_reason(notice, state)
        case "delay_corrected":
            arrived = datetime.fromisoformat(str(notice.details["delivered_at"]))
            order = state.order.order
            false = any(
                keys.is_notice_about(key, order, notice.subject) and at >= arrived
                for key, at in sent.items()
                if key != notice.key
            )
            return None if false else "no_false_notice_sent"
        case "consent_requested" | "delay_option":
            return None if state.has_open("consent", notice.subject) else "already_answered"
        case "parcel_inquiry":
            return _inquiry_stale_reason(notice, state)
        case "pickup_ready":
            ready = next((one for one in state.handovers if one.handover_id == notice.subject), None)
            waits = ready and not ready.handed_over_at and both(ready.units, state.uncollected())
            return None if waits and state.cancelled_at is None else "already_collected"
        case "pickup_reminder" | "follow_up" | "presumed_lost" | "trace_opened":
            return _delivery_stale_reason(notice, state)
        case _ if notice.kind in _DECISIONS:
            case = state.case(notice.subject)
            unchanged = case and case.decision == _DECISIONS[notice.kind]
            newest = case and notice.details.get("revision", case.revision) == case.revision
            return None if unchanged and newest else "return_changed"
        case _:
            return None


def _delivery_stale_reason(notice: Notice, state: JourneyState) -> str | None:
    """Why a notice about a delivery is stale: its question is answered, or the parcel was collected or has arrived."""
    about = notice.subject
    match notice.kind:
        case "pickup_reminder":
            parcel = state.parcel(about)
            waits = parcel and parcel.tracking.status is ParcelStatus.AVAILABLE_FOR_PICKUP
            return None if waits else "already_collected"
        case "follow_up":
            follow_up = next((one for one in state.follow_ups if one.subject == about), None)
            return None if follow_up and follow_up.expired_at is None else "follow_up_ended"
        case _:
            searching = notice.kind == "trace_opened"
            open_ = state.has_open("not_received" if searching else "presumed_lost", about)
            return None if open_ else "already_answered"


def _inquiry_stale_reason(notice: Notice, state: JourneyState) -> str | None:
    """A letter that a person looks for the parcel is true while they do; one that nothing was found, while that is so."""
    if "unanswered" in notice.details:
        parcel = state.parcel(notice.subject)
        return None if parcel and parcel.unfollowed_at and parcel.lost_at is None else "already_answered"
    kinds: tuple[AttentionKind, ...] = ("never_scanned", "contents_unknown")
    return None if any(state.has_open(kind, notice.subject) for kind in kinds) else "already_answered"


def _delay_stale_reason(notice: Notice, state: JourneyState) -> str | None:
    if state.cancelled_at is not None:
        return "order_cancelled"
    if is_unshipped(notice.subject):
        return None if notice.subject in state.unshipped_by_subject() else "already_shipped"
    parcel = state.parcel(notice.subject)
    if parcel is None or not parcel.under_way:
        return "already_delivered"
    newest = max((t.revision for t in state.delay_notices if t.subject == notice.subject), default=0)
    if notice.details["revision"] != newest:
        return "superseded"
    better = "expected" in notice.details and not late_estimate(parcel, state.zone, state.terms.policy.delays)
    return "estimate_improved" if better else None
