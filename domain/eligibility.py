"""May this be sent back? All failing rules at once, each with its facts (S-42)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.journey import JourneyState
from domain.quotes import ReturnWish
from domain.reasons import Objection, Reason


def summed(wishes: Iterable[ReturnWish]) -> list[ReturnWish]:
    """One wish per line: the same line listed twice is its sum (S-35). The first reason given stands."""
    by_line: dict[str, ReturnWish] = {}
    for wish in wishes:
        known = by_line.get(wish.line_id)
        by_line[wish.line_id] = (
            known.model_copy(update={"quantity": known.quantity + wish.quantity}) if known else wish
        )
    return list(by_line.values())


class Returnable:
    """What of an order may come back at that moment, looked up once for all its units."""

    def __init__(self, state: JourneyState, now: datetime) -> None:
        self._now, self._out, self._arrived = now, state.units_out(), state.delivered_units()
        times = {at for units in self._arrived.values() for at in units.values()}
        self._ends = {at: state.window_end(at) for at in times}

    def units(self, line_id: str) -> list[int]:
        """Delivered units of the line that are on no return, those in time first, then those that arrived first.

        So a customer who sends one back keeps the one that may be returned longest.
        """
        arrived = self._arrived.get(line_id, {})
        free = [unit for unit in arrived if (line_id, unit) not in self._out]
        return sorted(free, key=lambda unit: (self._ends[arrived[unit]] <= self._now, arrived[unit], unit))

    def missed(self, line_id: str, units: list[int]) -> datetime | None:
        """When the window of the last of these units closed that are too late; None when all are in time."""
        ends = {self._ends[self._arrived[line_id][unit]] for unit in units}
        return max((end for end in ends if end <= self._now), default=None)


def objections(state: JourneyState, wishes: list[ReturnWish], now: datetime) -> list[Objection]:
    """Every reason against returning these items now; empty when nothing speaks against it."""
    found = list(_against_the_order(state, wishes))
    returnable = Returnable(state, now)
    for wish in summed(wishes):
        found += _against_the_line(state, wish, returnable)
    return found


def _against_the_order(state: JourneyState, wishes: list[ReturnWish]) -> Iterator[Objection]:
    if not wishes:
        yield Objection(code=Reason.NO_ITEMS)
    if state.cancelled_at is not None:
        yield Objection(code=Reason.ORDER_CANCELLED)
    elif state.delivered == "none":
        yield Objection(code=Reason.NOTHING_DELIVERED)


def _against_the_line(state: JourneyState, wish: ReturnWish, returnable: Returnable) -> Iterator[Objection]:
    line = state.order.line(wish.line_id)
    if line is None:
        yield Objection(code=Reason.LINE_NOT_IN_ORDER, facts={"line": wish.line_id})
        return
    if wish.line_id in state.terms.not_returnable:
        yield Objection(code=Reason.NOT_RETURNABLE, facts={"line": wish.line_id})
    if wish.line_id in state.terms.final_sale:
        yield Objection(code=Reason.FINAL_SALE, facts={"line": wish.line_id})
    if wish.reason not in state.terms.policy.reasons:
        yield Objection(code=Reason.REASON_UNKNOWN, facts={"line": wish.line_id, "reason": wish.reason})
    left = returnable.units(wish.line_id)
    if wish.quantity > len(left):
        facts: dict[str, str | int] = {"line": wish.line_id, "asked": wish.quantity, "left": len(left)}
        yield Objection(code=Reason.UNITS_OUT, facts=facts)
    closed = returnable.missed(wish.line_id, left[: wish.quantity])
    if closed:
        facts = {"line": wish.line_id, "window_end": closed.isoformat()}
        yield Objection(code=Reason.OUTSIDE_WINDOW, facts=facts)
