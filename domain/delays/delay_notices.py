"""What the journey tells the customer of a delivery by itself: delays, that we still watch, that a parcel waits for them."""

from datetime import datetime, timedelta

from domain import keys
from domain.delays import follow_ups
from domain.delays.news import notices_about
from domain.model.delay import Delay
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice, FollowUp
from domain.model.state import JourneyState


def send_delay_notice(state: JourneyState, delay: Delay, now: datetime) -> None:
    """A revision of the promise, told once."""
    revision = len(notices_about(state, delay.subject)) + 1
    telling = DelayNotice(
        subject=delay.subject,
        revision=revision,
        reason=delay.reason,
        expected=delay.expected,
        notified_at=now,
        due=delay.due,
        attempt=delay.attempt,
    )
    state.delay_notices.append(telling)
    key = keys.order_notice(state.order.order, delay.subject, delay.reason, revision)
    facts: dict[str, str | int] = {"reason": delay.reason, "revision": revision, "due": delay.due.isoformat()}
    if delay.expected is not None:
        facts["expected"] = delay.expected.isoformat()
    if delay.attempt:
        facts["attempts"] = delay.attempt
    facts |= follow_ups.promise(state, delay.subject, now, due=delay.expected)
    state.notify(now, key, "delayed", delay.subject, **facts)


def send_follow_up(state: JourneyState, subject: str, now: datetime) -> None:
    """Nothing is new, and we said that we would write: so we do. What needs no word any more gets none."""
    word = next((word for word in state.follow_ups if word.open and word.subject == subject), None)
    if word is None:
        return  # something due in the same breath has kept it
    if not follow_ups.still_relevant(state, word):
        follow_ups.expire(state, subject, now)
        return
    facts, expected = _promised_and_expected(state, word)
    key = keys.order_notice(state.order.order, subject, "follow_up", word.number)
    facts |= follow_ups.promise(state, subject, now, due=expected)
    state.notify(now, key, "follow_up", subject, **facts)


def _promised_and_expected(
    state: JourneyState, follow_up: FollowUp
) -> tuple[dict[str, str | int], datetime | None]:
    """What was promised, and the latest date that was told since."""
    told = notices_about(state, follow_up.subject)
    due = told[-1].due if told else state.due
    expected = max((one.expected for one in told if one.expected), default=None)
    facts: dict[str, str | int] = {"due": due.isoformat()}
    return facts | ({"expected": expected.isoformat()} if expected else {}), expected


def send_pickup_reminder(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """It lies at a pick-up point and will go back soon."""
    arrived = parcel.tracking.at
    assert arrived is not None, "a parcel that waits at a point was scanned there"
    parcel.pickup_reminded_for = arrived
    collect_by = arrived + timedelta(days=state.terms.policy.delays.pickup_days)
    key = keys.order_notice(state.order.order, parcel.parcel_id, "pickup_reminder", int(arrived.timestamp()))
    state.notify(now, key, "pickup_reminder", parcel.parcel_id, collect_by=collect_by.isoformat())


def send_correction(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """We told of a delay although it had arrived: said once, and what we promised to write is done with it."""
    state.corrected.append(parcel.parcel_id)
    follow_ups.expire(state, parcel.parcel_id, now)
    assert parcel.delivered_at is not None
    key = keys.order_notice(state.order.order, parcel.parcel_id, "delay_corrected", 1)
    at = parcel.delivered_at.isoformat()
    state.notify(now, key, "delay_corrected", parcel.parcel_id, delivered_at=at)
