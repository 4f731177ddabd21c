"""The dates that customers are told: made with a letter, and ended once."""

from datetime import datetime, timedelta

from domain.actors import SYSTEM
from domain.clock import end_of_day, local_day
from domain.model.date_promise import DateKind, DateOutcome, DatePromise
from domain.model.leg import Leg
from domain.model.state import JourneyState


def promise_date(
    state: JourneyState, kind: DateKind, subject: str, due: datetime, now: datetime
) -> DatePromise:
    """Keep the date that a letter tells. One that is open stays: the day that was told first holds."""
    known = open_date(state, kind, subject)
    if known is not None:
        return known
    made = _add(state, kind, subject, due, now)
    state.audit(now, SYSTEM, "date_promised", made.id, due=due.isoformat())
    return made


def _add(state: JourneyState, kind: DateKind, subject: str, due: datetime, now: datetime) -> DatePromise:
    number = 1 + sum((one.kind, one.subject) == (kind, subject) for one in state.date_promises)
    made = DatePromise(kind=kind, subject=subject, number=number, promised_at=now, due=due)
    state.date_promises = [*state.date_promises, made]
    return made


def promise_arrival(state: JourneyState, leg: Leg, now: datetime) -> None:
    """Keep the day by which the statement should show it. Paid already, it is kept as far as the provider says."""
    if leg.expected_by is None:
        return
    due = end_of_day(leg.expected_by, state.zone)
    if leg.status != "settled":
        promise_date(state, "money_arrives", leg.key, due, now)
    elif open_date(state, "money_arrives", leg.key) is None:
        _replace(state, _add(state, "money_arrives", leg.key, due, now), "kept", now)


def open_date(state: JourneyState, kind: DateKind, subject: str) -> DatePromise | None:
    """The open date of that kind about that subject."""
    found = (one for one in state.date_promises if (one.kind, one.subject) == (kind, subject))
    return next((one for one in found if one.outcome == "open"), None)


def end_date(state: JourneyState, promise: DatePromise, outcome: DateOutcome, now: datetime) -> None:
    """Write down what became of it."""
    _replace(state, promise, outcome, now)
    state.audit(now, SYSTEM, f"date_{outcome}", promise.id)


def _replace(state: JourneyState, promise: DatePromise, outcome: DateOutcome, now: datetime) -> None:
    ended = promise.model_copy(update={"outcome": outcome, "ended_at": now})
    state.date_promises = [ended if one.id == promise.id else one for one in state.date_promises]


def end_of_that_day(state: JourneyState, at: datetime) -> datetime:
    """The end of the day at the destination that holds the instant: what happens by then is told as that day."""
    return end_of_day(local_day(at - timedelta(microseconds=1), state.zone), state.zone)
