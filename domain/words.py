"""Words given: whoever is told of trouble is told when they hear from us next, and then they do (NEW-5)."""

from datetime import datetime, timedelta

from domain.actors import SYSTEM
from domain.delays import UNSHIPPED
from domain.journey import JourneyState
from domain.promises import Word


def give(
    state: JourneyState, subject: str, now: datetime, by: datetime | None = None
) -> dict[str, str | int]:
    """Promise to write again about the subject; the notice's fact of it, none when enough was said.

    What was promised before is kept by the notice that this one stands in. `by`: a date that was named, when that is later.
    """
    terms = state.terms.policy.delays
    last = next((word for word in state.words if word.subject == subject), None)
    keep(state, subject, now)
    nth = last.nth + 1 if last else 1
    if nth > terms.words:
        return {}
    word = Word(subject=subject, given_at=now, by=max(now + timedelta(hours=terms.word), by or now), nth=nth)
    state.words = [one for one in state.words if one.subject != subject] + [word]
    state.write(now, SYSTEM, "word_given", subject, by=word.by.isoformat())
    return {"next_word": word.by.isoformat()}


def keep(state: JourneyState, subject: str, now: datetime) -> None:
    """The customer hears of the subject now."""
    _close(state, subject, "word_kept", now, {"kept_at": now})


def overtake(state: JourneyState, subject: str, now: datetime) -> None:
    """There is nothing left to say of it."""
    _close(state, subject, "word_overtaken", now, {"overtaken_at": now})


def _close(state: JourneyState, subject: str, what: str, now: datetime, when: dict[str, datetime]) -> None:
    for place, word in enumerate(state.words):
        if word.open and word.subject == subject:
            state.words[place] = word.model_copy(update=when)
            state.write(now, SYSTEM, what, subject)


def hand_over(state: JourneyState, parcel_id: str) -> None:
    """What was said of goods that had not left is kept for the parcel that they are in now, once all of them have left."""
    for place, word in enumerate(state.words):
        if word.open and word.subject == UNSHIPPED and not state.unshipped():
            state.words[place] = word.model_copy(update={"subject": parcel_id})


def worth_keeping(state: JourneyState, word: Word) -> bool:
    """Is the subject still on its way, so that there is something to say?"""
    if state.cancelled_at is not None:
        return False
    if word.subject == UNSHIPPED:
        return bool(state.unshipped()) and state.untracked_at is None
    parcel = state.parcel(word.subject)
    return parcel is not None and parcel.under_way
