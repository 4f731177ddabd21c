"""When letters about a parcel that waits, is lost or is searched for are true."""

from datetime import datetime, timedelta

from domain.model.notice import Notice
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus, fold
from domain.notifications.facts import Details, Facts, Stale
from domain.notifications.money_truth import payment_of_contents


def pickup_reminder(notice: Notice, facts: Facts) -> Details | Stale:
    """The parcel waits there since the same arrival, and the last day is still to come."""
    parcel = facts.state.parcel(notice.subject)
    arrived = parcel.tracking.at if parcel else None
    if (
        parcel is None
        or arrived is None
        or not parcel.under_way
        or parcel.tracking.status is not ParcelStatus.AVAILABLE_FOR_PICKUP
    ):
        return Stale(reason="already_collected")
    collect_by = arrived + timedelta(days=facts.state.terms.policy.delays.pickup_days)
    if datetime.fromisoformat(str(notice.details["collect_by"])) != collect_by:
        return Stale(reason="superseded")
    return notice.details if collect_by > facts.now else Stale(reason="time_over")


def presumed_lost(notice: Notice, facts: Facts) -> Details | Stale:
    """The question whether it is lost is open, and the customer can still choose."""
    item = facts.state.open_item("presumed_lost", notice.subject)
    if item is None or item.deadline <= facts.now:
        return Stale(reason="already_answered")
    return notice.details


def parcel_returning(notice: Notice, facts: Facts) -> Details | Stale:
    """It goes back, the customer can still choose, and without an answer it is paid back by the deadline told."""
    item = facts.state.open_item("returned_to_sender", notice.subject)
    if item is None or item.deadline <= facts.now:
        return Stale(reason="already_answered")
    return {"deadline": item.deadline.isoformat()}


def parcel_inquiry(notice: Notice, facts: Facts) -> Details | Stale:
    """A person looks for it, and what is not known of it is still not known; or that ended without an answer."""
    parcel, unknown = facts.state.parcel(notice.subject), notice.details["reason"]
    if parcel is None or (unknown == "never_scanned" and parcel.carrier_scanned):
        return Stale(reason="already_answered")
    if "unanswered" in notice.details:
        open_ = parcel.unfollowed_at is not None and parcel.lost_at is None and parcel.delivered_at is None
    else:
        open_ = any(item.kind == unknown and item.subject == notice.subject for item in facts.state.attention)
    return notice.details if open_ else Stale(reason="already_answered")


def trace_opened(notice: Notice, facts: Facts) -> Details | Stale:
    """The search goes on. `unscanned`: it is not the carrier who reports the parcel as delivered."""
    parcel = facts.state.parcel(notice.subject)
    if parcel is None or not facts.state.has_open("not_received", notice.subject):
        return Stale(reason="already_answered")
    details = {name: detail for name, detail in notice.details.items() if name != "unscanned"}
    return details | ({} if _reported_delivered(parcel) else {"unscanned": 1})


def trace_closed(notice: Notice, facts: Facts) -> Details | Stale:
    """No search is open again. `payment`: whether what was in the parcel is still to be paid back."""
    parcel, outcome = facts.state.parcel(notice.subject), notice.details.get("outcome")
    if parcel is None or facts.state.has_open("not_received", notice.subject):
        return Stale(reason="searched_again")
    if outcome == "dismissed" and not _reported_delivered(parcel):
        return {"outcome": "unclear"}
    if outcome != "refunded":
        return notice.details
    return notice.details | {"payment": payment_of_contents(facts.state, parcel)}


def parcel_lost(notice: Notice, facts: Facts) -> Details | Stale:
    """It is still lost: it has not arrived, and is not on its way again."""
    parcel, subject = facts.state.parcel(notice.subject), notice.subject
    if parcel is None or parcel.lost_at is None:
        return Stale(reason="not_lost")
    if parcel.delivered_at is not None or facts.state.has_open("parcel_found", subject):
        return Stale(reason="parcel_found")
    return {"payment": payment_of_contents(facts.state, parcel)}


def parcel_found(notice: Notice, facts: Facts) -> Details | Stale:
    """It was lost, and is reported as delivered."""
    parcel = facts.state.parcel(notice.subject)
    turned_up = parcel and parcel.lost_at is not None and parcel.delivered_at is not None
    return notice.details if turned_up else Stale(reason="not_found")


def _reported_delivered(parcel: Parcel) -> bool:
    """Whether the carrier's own scans say so, and not an agent."""
    return parcel.carrier_scanned and fold(parcel.scans).status is ParcelStatus.DELIVERED
