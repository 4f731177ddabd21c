"""Follow-ups: a notice of a problem promises the time of the next message, and that message is sent (NEW-5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import notice_keys
from domain.actors import SYSTEM
from domain.delays.news import notices_about
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.delay import is_unshipped
from domain.model.parcel import Parcel
from domain.model.promise import FollowUp
from domain.model.state import JourneyState


def follow_ups_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The follow-ups to send: each open one at the time by which the customer was promised a message (NEW-5)."""
    for follow_up in state.follow_ups:
        if follow_up.open:
            yield ScheduledAction(
                at=follow_up.due,
                owner="system",
                action=SendFollowUp(subject=follow_up.subject),
                reason="follow_up_promised",
            )


class SendFollowUp(Change):
    """Send the promised message although nothing is new. A follow-up that is no longer relevant expires."""

    kind: ClassVar = "send_follow_up"
    subject: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        follow_up = next(
            (other for other in state.follow_ups if other.open and other.subject == self.subject), None
        )
        if follow_up is None:
            return  # an action that was due at the same time has fulfilled it
        if not still_relevant(state, follow_up):
            expire(state, self.subject, now)
            return
        details, expected = _promised_and_expected(state, follow_up)
        key = notice_keys.order_notice(state.order.order, self.subject, "follow_up", follow_up.number)
        parcel = state.parcel(self.subject)
        if parcel and is_sent_untracked(parcel):
            details["sent_untracked"] = 1
            fulfil(state, self.subject, now)
        else:
            details |= promise(state, self.subject, now, due=expected)
        state.notify(now, key, "follow_up", self.subject, **details)


def _promised_and_expected(
    state: JourneyState, follow_up: FollowUp
) -> tuple[dict[str, str | int], datetime | None]:
    """The details with the promised date and the latest expected date, and that expected date by itself.

    Both dates are those of the delay notices that the customer received. The expected date is None while unknown.
    """
    notices = notices_about(state, follow_up.subject)
    due = notices[-1].due if notices else state.due
    expected = max((notice.expected for notice in notices if notice.expected), default=None)
    details: dict[str, str | int] = {"due": due.isoformat()}
    return details | ({"expected": expected.isoformat()} if expected else {}), expected


def promise(
    state: JourneyState, subject: str, now: datetime, due: datetime | None = None
) -> dict[str, str | int]:
    """Promise the customer a follow-up about the subject, and return the detail that the notice shows of it.

    The notice that shows it also fulfils the follow-up that was promised before.
    The detail is empty when the subject has had `max_next_updates` follow-ups; then none is promised.

    due: a date that the notice names. The follow-up is due then when that is later than `next_update` hours from now.
    """
    terms = state.terms.policy.delays
    last = next((follow_up for follow_up in state.follow_ups if follow_up.subject == subject), None)
    fulfil(state, subject, now)
    nth = last.number + 1 if last else 1
    if nth > terms.max_next_updates:
        return {}
    follow_up = FollowUp(
        subject=subject,
        promised_at=now,
        due=max(now + timedelta(hours=terms.next_update), due or now),
        number=nth,
    )
    state.follow_ups = [other for other in state.follow_ups if other.subject != subject] + [follow_up]
    state.audit(now, SYSTEM, "follow_up_promised", subject, due=follow_up.due.isoformat())
    return {"next_update": follow_up.due.isoformat()}


def fulfil(state: JourneyState, subject: str, now: datetime) -> None:
    """Close the follow-up of the subject: a notice about the subject reaches the customer now."""
    _close(state, subject, "follow_up_fulfilled", now, {"fulfilled_at": now})


def expire(state: JourneyState, subject: str, now: datetime) -> None:
    """Close the follow-up of the subject: there is nothing left to report about the subject."""
    _close(state, subject, "follow_up_expired", now, {"expired_at": now})


def take_back(state: JourneyState, subject: str, now: datetime, promised_until: datetime | None) -> None:
    """A notice that promised a follow-up did not leave. The earlier promise is in force again; without one there is none."""
    if promised_until is None:
        expire(state, subject, now)
        return
    for index, follow_up in enumerate(state.follow_ups):
        if follow_up.open and follow_up.subject == subject:
            due = min(follow_up.due, promised_until)
            state.follow_ups[index] = follow_up.model_copy(update={"due": due})


def _close(
    state: JourneyState, subject: str, action: str, now: datetime, update: dict[str, datetime]
) -> None:
    for index, follow_up in enumerate(state.follow_ups):
        if follow_up.open and follow_up.subject == subject:
            state.follow_ups[index] = follow_up.model_copy(update=update)
            state.audit(now, SYSTEM, action, subject)


def transfer(state: JourneyState, parcel_id: str) -> None:
    """Move follow-ups about unshipped units to the parcel that they are in now, once all units have shipped."""
    left = state.unshipped_by_subject()
    for follow_up in [*state.follow_ups]:
        if follow_up.open and is_unshipped(follow_up.subject) and follow_up.subject not in left:
            _move(state, follow_up, parcel_id)


def _move(state: JourneyState, follow_up: FollowUp, parcel_id: str) -> None:
    """The parcel may have one of its own: the earlier time was promised to the customer too."""
    own = next((other for other in state.follow_ups if other.subject == parcel_id), None)
    due = min(follow_up.due, own.due) if own and own.open else follow_up.due
    number = max(follow_up.number, own.number + 1 if own else 0)
    moved = follow_up.model_copy(update={"subject": parcel_id, "due": due, "number": number})
    state.follow_ups = [other for other in state.follow_ups if other not in (own, follow_up)] + [moved]


def still_relevant(state: JourneyState, follow_up: FollowUp) -> bool:
    """Whether the subject is still on its way, so that there is something to report."""
    if state.cancelled_at is not None:
        return False
    if is_unshipped(follow_up.subject):
        return follow_up.subject in state.unshipped_by_subject() and state.untracked_at is None
    parcel = state.parcel(follow_up.subject)
    return parcel is not None and (parcel.under_way or is_sent_untracked(parcel))


def is_sent_untracked(parcel: Parcel) -> bool:
    """Whether the parcel was sent without tracking: that it was sent is the only news that there will be."""
    return not parcel.tracked and parcel.assumed_arrival is not None
