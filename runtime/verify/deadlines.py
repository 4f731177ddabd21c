"""I6: every open thing has a deadline in the future with an owner and a default, or is being done."""

from collections.abc import Iterator
from datetime import timedelta

from domain import agenda
from domain.deadlines import Deadline
from domain.journey import JourneyState
from runtime.verify.lives import Life, Look
from runtime.verify.report import Broken

_GRACE = timedelta(minutes=1)  # real time goes on while a journey gets to work; a sandbox clock stands still


def check(life: Life, look: Look) -> Iterator[Broken]:
    if life.state is None:
        return
    waited = agenda.next_deadline(life.state)
    if not life.state.at_rest:
        yield from _overdue(life, life.state, waited)
    due = waited.at if waited else None
    if life.row.next_deadline != due:
        listed = life.row.next_deadline.isoformat() if life.row.next_deadline else "nothing"
        says = due.isoformat() if due else "nothing"
        yield _broken(
            life.id, f"order {life.id} is listed as waiting until {listed}, its snapshot says {says}"
        )
    yield from _questions(life, life.state)


def _overdue(life: Life, state: JourneyState, waited: Deadline | None) -> Iterator[Broken]:
    if waited is None:
        yield _broken(life.id, f"order {life.id} is open and waits for nothing")
    elif waited.at <= life.now - (timedelta(0) if life.sandbox else _GRACE) and not _being_done(state):
        at, now = waited.at.isoformat(), life.now.isoformat()
        yield _broken(life.id, f"order {life.id} should have done {waited.why} at {at}; it is {now}")


def _being_done(state: JourneyState) -> bool:
    return any(leg.status in ("planned", "sent") for leg in state.legs())


def _questions(life: Life, state: JourneyState) -> Iterator[Broken]:
    """What waits for a person is asked of one, and shown to them."""
    asked = {item.id: item for item in state.attention}
    for case in state.returns:
        if case.decision == "in_review" and f"review/{case.return_id}" not in asked:
            yield _broken(case.return_id, f"return {case.return_id} is in review and nobody is asked")
        if case.held_until is not None and case.live and f"hold/{case.return_id}" not in asked:
            yield _broken(case.return_id, f"return {case.return_id} is held and nobody is asked")
    shown = {row.id: row for row in life.attention}
    for name in sorted({*asked, *shown}):
        item, row = asked.get(name), shown.get(name)
        if row is None:
            yield _broken(name, f"question {name} of order {life.id} is open but on nobody's list")
        elif item is None:
            yield _broken(name, f"question {name} of order {life.id} is on the list but no longer open")
        elif (item.owner, item.deadline, item.default) != (row.owner, row.deadline, row.default):
            yield _broken(
                name, f"question {name} of order {life.id} is listed with another owner, deadline or default"
            )


def _broken(subject: str, says: str) -> Broken:
    return Broken(invariant="I6", subject=subject, says=says)
