"""May this be sent back? All failing rules at once, each with its facts (S-42)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.model.quote import ReturnItem
from domain.model.state import JourneyState
from domain.reasons import Reason, Violation


def merge_lines(items: Iterable[ReturnItem]) -> list[ReturnItem]:
    """One wish per line: the same line listed twice is its sum (S-35). The first reason given stands."""
    by_line: dict[str, ReturnItem] = {}
    for wish in items:
        known = by_line.get(wish.line_id)
        by_line[wish.line_id] = (
            known.model_copy(update={"quantity": known.quantity + wish.quantity}) if known else wish
        )
    return list(by_line.values())


class ReturnableUnits:
    """What of an order may come back at that moment, looked up once for all its units."""

    def __init__(self, state: JourneyState, now: datetime) -> None:
        self._now, self._out, self._arrived = now, state.unavailable_units(), state.delivered_units()
        times = {at for units in self._arrived.values() for at in units.values()}
        self._ends = {at: state.window_end(at) for at in times}

    def units(self, line_id: str) -> list[int]:
        """Delivered units of the line that are on no return, those in time first, then those that arrived first.

        So a customer who sends one back keeps the one that may be returned longest.
        """
        arrived = self._arrived.get(line_id, {})
        free = [unit for unit in arrived if (line_id, unit) not in self._out]
        return sorted(free, key=lambda unit: (self._ends[arrived[unit]] <= self._now, arrived[unit], unit))

    def window_closed_at(self, line_id: str, units: list[int]) -> datetime | None:
        """When the window of the last of these units closed that are too late; None when all are in time."""
        ends = {self._ends[self._arrived[line_id][unit]] for unit in units}
        return max((end for end in ends if end <= self._now), default=None)


def violations(state: JourneyState, items: list[ReturnItem], now: datetime) -> list[Violation]:
    """Every reason against returning these items now; empty when nothing speaks against it."""
    found = list(_order_violations(state, items))
    returnable = ReturnableUnits(state, now)
    for wish in merge_lines(items):
        found += _line_violations(state, wish, returnable)
    return found


def _order_violations(state: JourneyState, items: list[ReturnItem]) -> Iterator[Violation]:
    if not items:
        yield Violation(code=Reason.NO_ITEMS)
    if state.cancelled_at is not None:
        yield Violation(code=Reason.ORDER_CANCELLED)
    elif state.delivered == "none":
        yield Violation(code=Reason.NOTHING_DELIVERED)


def _line_violations(
    state: JourneyState, item: ReturnItem, returnable: ReturnableUnits
) -> Iterator[Violation]:
    line = state.order.line(item.line_id)
    if line is None:
        yield Violation(code=Reason.LINE_NOT_IN_ORDER, details={"line": item.line_id})
        return
    if item.line_id in state.terms.not_returnable:
        yield Violation(code=Reason.NOT_RETURNABLE, details={"line": item.line_id})
    if item.line_id in state.terms.final_sale:
        yield Violation(code=Reason.FINAL_SALE, details={"line": item.line_id})
    if item.reason not in state.terms.policy.reasons:
        yield Violation(code=Reason.REASON_UNKNOWN, details={"line": item.line_id, "reason": item.reason})
    left = returnable.units(item.line_id)
    if item.quantity > len(left):
        facts: dict[str, str | int] = {
            "line": item.line_id,
            "requested": item.quantity,
            "available": len(left),
        }
        yield Violation(code=Reason.UNITS_UNAVAILABLE, details=facts)
    closed = returnable.window_closed_at(item.line_id, left[: item.quantity])
    if closed:
        facts = {"line": item.line_id, "window_end": closed.isoformat()}
        yield Violation(code=Reason.OUTSIDE_WINDOW, details=facts)
