"""What the journey tells the customer of a delivery by itself: delays, that we still watch, that a parcel waits for them."""

from datetime import datetime, timedelta

from domain import keys, words
from domain.delays import Delay, told_of
from domain.journey import JourneyState
from domain.parcels import Parcel
from domain.promises import Telling, Word


def tell_delay(state: JourneyState, delay: Delay, now: datetime) -> None:
    """A revision of the promise, told once."""
    revision = len(told_of(state, delay.subject)) + 1
    telling = Telling(
        subject=delay.subject,
        revision=revision,
        reason=delay.reason,
        expected=delay.expected,
        told_at=now,
        due=delay.due,
        nth=delay.nth,
    )
    state.tellings.append(telling)
    key = keys.notice(f"{state.order.order}/{delay.subject}", delay.reason, revision)
    facts: dict[str, str | int] = {"reason": delay.reason, "revision": revision, "due": delay.due.isoformat()}
    if delay.expected is not None:
        facts["expected"] = delay.expected.isoformat()
    if delay.nth:
        facts["attempts"] = delay.nth
    facts |= words.give(state, delay.subject, now, by=delay.expected)
    state.tell(now, key, "delayed", delay.subject, **facts)


def keep_word(state: JourneyState, subject: str, now: datetime) -> None:
    """Nothing is new, and we said that we would write: so we do. What needs no word any more gets none."""
    word = next((word for word in state.words if word.open and word.subject == subject), None)
    if word is None:
        return  # something due in the same breath has kept it
    if not words.worth_keeping(state, word):
        words.overtake(state, subject, now)
        return
    facts, expected = _standing(state, word)
    key = keys.notice(f"{state.order.order}/{subject}", "still_watching", word.nth)
    facts |= words.give(state, subject, now, by=expected)
    state.tell(now, key, "still_watching", subject, **facts)


def _standing(state: JourneyState, word: Word) -> tuple[dict[str, str | int], datetime | None]:
    """What was promised, and the latest date that was told since."""
    told = told_of(state, word.subject)
    due = told[-1].due if told else state.due
    expected = max((one.expected for one in told if one.expected), default=None)
    facts: dict[str, str | int] = {"due": due.isoformat()}
    return facts | ({"expected": expected.isoformat()} if expected else {}), expected


def remind_of_pickup(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """It lies at a pick-up point and will go back soon."""
    arrived = parcel.standing.at
    assert arrived is not None, "a parcel that waits at a point was scanned there"
    parcel.reminded_of = arrived
    collect_by = arrived + timedelta(days=state.terms.policy.delays.pickup_days)
    key = keys.notice(f"{state.order.order}/{parcel.parcel_id}", "pickup_waiting", int(arrived.timestamp()))
    state.tell(now, key, "pickup_waiting", parcel.parcel_id, collect_by=collect_by.isoformat())


def correct_delay(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """We told of a delay although it had arrived: said once, and what we promised to write is done with it."""
    state.corrected.append(parcel.parcel_id)
    words.overtake(state, parcel.parcel_id, now)
    assert parcel.delivered_at is not None
    key = keys.notice(f"{state.order.order}/{parcel.parcel_id}", "delay_corrected", 1)
    at = parcel.delivered_at.isoformat()
    state.tell(now, key, "delay_corrected", parcel.parcel_id, delivered_at=at)
