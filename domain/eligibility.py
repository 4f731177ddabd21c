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


def returnable_units(state: JourneyState, line_id: str, now: datetime) -> list[int]:
    """Delivered units of the line that are on no return, those in time first, then those that arrived first.

    So a customer who sends one back keeps the one that may be returned longest.
    """
    out = {unit for line, unit in state.units_out() if line == line_id}
    arrived = state.delivered_units(line_id)
    late = {unit: state.window_end(at) <= now for unit, at in arrived.items()}
    return sorted(set(arrived) - out, key=lambda unit: (late[unit], arrived[unit], unit))


def objections(state: JourneyState, wishes: list[ReturnWish], now: datetime) -> list[Objection]:
    """Every reason against returning these items now; empty when nothing speaks against it."""
    found = list(_against_the_order(state, wishes))
    for wish in summed(wishes):
        found += _against_the_line(state, wish, now)
    return found


def _against_the_order(state: JourneyState, wishes: list[ReturnWish]) -> Iterator[Objection]:
    if not wishes:
        yield Objection(code=Reason.NO_ITEMS)
    if state.cancelled_at is not None:
        yield Objection(code=Reason.ORDER_CANCELLED)
    elif state.delivered == "none":
        yield Objection(code=Reason.NOTHING_DELIVERED)


def _against_the_line(state: JourneyState, wish: ReturnWish, now: datetime) -> Iterator[Objection]:
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
    left = returnable_units(state, wish.line_id, now)
    if wish.quantity > len(left):
        facts: dict[str, str | int] = {"line": wish.line_id, "asked": wish.quantity, "left": len(left)}
        yield Objection(code=Reason.UNITS_OUT, facts=facts)
    arrived = state.delivered_units(wish.line_id)
    late = [unit for unit in left[: wish.quantity] if state.window_end(arrived[unit]) <= now]
    if late:
        closed = max(state.window_end(arrived[unit]) for unit in late).isoformat()
        yield Objection(code=Reason.OUTSIDE_WINDOW, facts={"line": wish.line_id, "window_end": closed})
