"""When letters about a delay are true, sentence by sentence."""

from collections.abc import Iterator
from datetime import datetime

from domain.delays import reasons
from domain.delays.delay_notices import is_about_a_part
from domain.delays.follow_ups import is_sent_untracked
from domain.delays.news import notices_about
from domain.model.delay import Delay, is_unshipped
from domain.model.notice import Notice
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.notifications.facts import Details, Facts, Stale, known_news
from domain.notifications.urgency import urgency_of_reason

# A failed attempt is the last word on the delivery until one of these follows it.
_AFTER_ATTEMPT = {
    ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.AVAILABLE_FOR_PICKUP, ParcelStatus.DELIVERED,
    ParcelStatus.RETURN_TO_SENDER,
}  # fmt: skip


def delayed(notice: Notice, facts: Facts) -> Details | Stale:
    """The delay that holds now: for the reason that was written if it still holds, else for the one that does."""
    state = facts.state
    if state.cancelled_at is not None:
        return Stale(reason="order_cancelled")
    if notice.details["revision"] != max(
        (t.revision for t in notices_about(state, notice.subject)), default=0
    ):
        return Stale(reason="superseded")
    if is_unshipped(notice.subject):
        return _unshipped(notice, facts)
    parcel = state.parcel(notice.subject)
    if parcel is None or not parcel.under_way:
        return Stale(reason="already_delivered")
    if state.has_open("presumed_lost", parcel.parcel_id):
        return Stale(reason="superseded")
    delay = _current_delay(parcel, str(notice.details["reason"]), facts)
    if delay is None:
        return Stale(reason="estimate_improved" if "expected" in notice.details else "no_longer_delayed")
    action = _action(parcel) if delay.reason == "exception" else {}
    return _details(notice, delay, facts.now) | action | _part(parcel.parcel_id, delay.due, facts)


def _unshipped(notice: Notice, facts: Facts) -> Details | Stale:
    for delay in reasons.not_shipped(facts.state):
        if delay.subject == notice.subject and delay.since <= facts.now:
            return _details(notice, delay, facts.now) | _part(notice.subject, delay.due, facts)
    waits = notice.subject in facts.state.unshipped_by_subject()
    return Stale(reason="no_longer_delayed" if waits else "already_shipped")


def _part(subject: str, due: datetime, facts: Facts) -> Details:
    return {"part": 1} if is_about_a_part(facts.state, subject, due) else {}


def _details(notice: Notice, delay: Delay, now: datetime) -> Details:
    """`late`: the promise is broken by now, whatever the reason. Of a parcel that was never scanned that is not known."""
    details: Details = {
        "reason": delay.reason,
        "revision": notice.details["revision"],
        "due": delay.due.isoformat(),
    }
    if delay.expected is not None:
        details["expected"] = delay.expected.isoformat()
    if delay.attempt:
        details["attempts"] = delay.attempt
    return details | ({"late": 1} if delay.due <= now and delay.reason != "no_first_scan" else {})


def _current_delay(parcel: Parcel, written: str, facts: Facts) -> Delay | None:
    holding = list(_holding(parcel, facts))
    same = [delay for delay in holding if delay.reason == written]
    return max(
        same or holding, key=lambda delay: (urgency_of_reason(delay.reason), delay.since), default=None
    )


def _holding(parcel: Parcel, facts: Facts) -> Iterator[Delay]:
    """The delays that hold now. A date that the carrier expected and that is past counts no more."""
    state = facts.state
    expected = parcel.estimate.latest(state.zone) if parcel.estimate else None
    if expected is not None and expected <= facts.now:
        parcel = parcel.model_copy(update={"estimate": None})
    for rule in reasons.OF_A_PARCEL:
        yield from (one for one in rule(parcel, state.zone, state.terms) if one.since <= facts.now)
    yield from _failed_attempt(parcel)


def _failed_attempt(parcel: Parcel) -> Iterator[Delay]:
    """A failed attempt with nothing after it but scans on the way, as of the depot to which the parcel went back."""
    attempts = [scan.at for scan in parcel.scans if scan.status is ParcelStatus.ATTEMPT_FAILED]
    if attempts and not any(
        scan.status in _AFTER_ATTEMPT and scan.at >= attempts[-1] for scan in parcel.scans
    ):
        yield Delay(
            subject=parcel.parcel_id,
            reason="attempt_failed",
            since=attempts[-1],
            due=parcel.due,
            attempt=len(attempts),
        )


def _action(parcel: Parcel) -> Details:
    """`action`: the problem that the carrier reports waits for the customer or an authority, not for the merchant."""
    required = any(
        scan.at == parcel.tracking.at
        and scan.action_required
        and (scan.reason is None or scan.reason.fault != "merchant")
        for scan in parcel.scans
    )
    return {"action": 1} if required else {}


def follow_up(notice: Notice, facts: Facts) -> Details | Stale:
    """The promised letter. `news`: what became known since the last letter about it; without it there is no news.

    `unshipped`: it is about the order, as there is no parcel.
    """
    state = facts.state
    record = next((one for one in state.follow_ups if one.subject == notice.subject), None)
    if record is None or record.expired_at is not None or state.cancelled_at is not None:
        return Stale(reason="follow_up_ended")
    before = facts.sent_about(notice.subject)
    if not any("next_update" in one.details for one in before):
        return Stale(reason="nothing_promised")
    known = [one.details["known"] for one in before if "known" in one.details]
    changed = known_news(state, notice.subject).get("known") not in known[-1:]
    parcel = state.parcel(notice.subject)
    if parcel is not None:
        return _follow_up_of_parcel(parcel, changed, facts)
    if notice.subject not in state.unshipped_by_subject():
        return Stale(reason="follow_up_ended")
    details: Details = {"due": notice.details["due"], "unshipped": 1}
    due = datetime.fromisoformat(str(details["due"]))
    return details | _part(notice.subject, due, facts) | ({"news": "partly_shipped"} if changed else {})


def _follow_up_of_parcel(parcel: Parcel, changed: bool, facts: Facts) -> Details | Stale:
    if is_sent_untracked(parcel):
        return {"due": parcel.due.isoformat(), "sent_untracked": 1}
    if not parcel.under_way:
        return Stale(reason="follow_up_ended")
    return _of_parcel(parcel, facts) | _to_do(parcel) | ({"news": parcel.tracking.status} if changed else {})


def _to_do(parcel: Parcel) -> Details:
    """What the customer can do depends on where it is, also where that is no news."""
    status = parcel.tracking.status
    return {"status": status} | (_action(parcel) if status is ParcelStatus.EXCEPTION else {})


def _of_parcel(parcel: Parcel, facts: Facts) -> Details:
    """The promised date, and the date that the carrier expects, if that is to come."""
    expected = facts.coming(parcel.estimate.latest(facts.state.zone) if parcel.estimate else None)
    details: Details = {"due": parcel.due.isoformat()}
    return details | _part(parcel.parcel_id, parcel.due, facts) | ({"expected": expected} if expected else {})


def delay_corrected(notice: Notice, facts: Facts) -> Details | Stale:
    """A letter about the delay left after the parcel had arrived, and it is still reported as delivered."""
    parcel = facts.state.parcel(notice.subject)
    if parcel is None or parcel.delivered_at is None or parcel.lost_at is not None:
        return Stale(reason="not_delivered")
    false = any(
        one.kind in ("delayed", "follow_up")
        and one.subject == notice.subject
        and one.at >= parcel.delivered_at
        for one in facts.sent
    )
    return (
        {"delivered_at": parcel.delivered_at.isoformat()} if false else Stale(reason="no_false_notice_sent")
    )
