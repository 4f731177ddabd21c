"""Which goods of an order come back because its customer withdrew from the contract, and why some cannot by themselves.

A withdrawal is never refused here: what cannot be opened by rules waits for a person.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from domain.base import Frozen
from domain.clock import Instant
from domain.model.quote import ReturnItem
from domain.model.state import JourneyState
from domain.model.withdrawal import WITHDRAWAL
from domain.reasons import Reason, Violation
from domain.returns.eligibility import ReturnableUnits, merge_lines
from domain.returns.row_verdicts import is_exempt
from domain.returns.withdrawal import has_right, withdrawal_end
from domain.units import units_in


class WithdrawalLine(Frozen):
    """Units of a line from whose contract the customer may withdraw."""

    line_id: str
    """The shop's own id of the line."""
    title: str
    """What it is called."""
    units: int
    """How many units are on no return and were not paid back."""


class WithdrawalOffer(Frozen):
    """Whether the customer of an order may withdraw from the contract now, and about which goods."""

    offered: bool
    """Whether the right exists at the destination and its time is not over: then the shop shows the function."""
    until: Instant | None
    """The end of the time; null while goods of the order are still to come, and where there is no such right."""
    lines: tuple[WithdrawalLine, ...]
    """The goods."""


def withdrawal_offer(state: JourneyState, now: datetime) -> WithdrawalOffer:
    """As of that business time."""
    end = withdrawal_end(state) if has_right(state) else None
    sold = _still_sold(state)
    lines = [line for line in state.order.lines if line.line_id in sold]
    lines = [line for line in lines if not _stays(state, line.line_id)]
    in_time = has_right(state) and state.cancelled_at is None and (end is None or now < end)
    return WithdrawalOffer(
        offered=in_time and bool(lines),
        until=end,
        lines=tuple(
            WithdrawalLine(line_id=line.line_id, title=line.title, units=sold[line.line_id]) for line in lines
        ),
    )


class WithdrawnGoods(NamedTuple):
    """What a withdrawal brings back. complete: nothing of what the customer meant is left to a person."""

    items: list[ReturnItem]
    complete: bool


def withdrawn_goods(state: JourneyState, wanted: Mapping[str, int], now: datetime) -> WithdrawnGoods:
    """The units of a withdrawal that can come back now. wanted: units by line; empty for the whole order.

    Goods that are still on their way, and those that the law or the shop keeps out of a withdrawal, are left to a person.
    """
    meant = dict(wanted) or _still_sold(state)
    returnable = ReturnableUnits(state, now)
    found = {
        line: min(count, len(returnable.units(line)))
        for line, count in meant.items()
        if not _stays(state, line)
    }
    items = [
        ReturnItem(line_id=line, quantity=count, reason=WITHDRAWAL) for line, count in found.items() if count
    ]
    return WithdrawnGoods(items, found == meant and bool(meant))


def _still_sold(state: JourneyState) -> dict[str, int]:
    """The units of each line that are on no return and were not paid back."""
    gone = state.unavailable_units() | units_in([state.removed_units])
    counts = {
        line.line_id: sum((line.line_id, unit) not in gone for unit in range(line.quantity))
        for line in state.order.lines
    }
    return {line: count for line, count in counts.items() if count}


def _stays(state: JourneyState, line: str) -> bool:
    """Whether the shop or the law keeps it out of a withdrawal, so that a person looks at what was stated."""
    return line in state.terms.not_returnable or bool(exempting_row(state, line))


def exempting_row(state: JourneyState, line: str) -> str:
    """The row of the policy that says why the law gives no right to withdraw from that line's purchase; empty without one."""
    item = ReturnItem(line_id=line, quantity=1, reason=WITHDRAWAL)
    row = state.terms.rules.verdict(line, WITHDRAWAL)
    return row.id if row and is_exempt(state, item) else ""


def withdrawal_violations(state: JourneyState, items: list[ReturnItem], now: datetime) -> list[Violation]:
    """All reasons why these goods do not come back by a withdrawal alone; empty when they do. The customer needs no reason."""
    found = list(_order_violations(state, items, now))
    returnable = ReturnableUnits(state, now)
    for item in merge_lines(items):
        found += _line_violations(state, item, returnable)
    return found


def _order_violations(state: JourneyState, items: list[ReturnItem], now: datetime) -> Iterator[Violation]:
    if not items:
        yield Violation(code=Reason.NO_ITEMS)
    if state.cancelled_at is not None:
        yield Violation(code=Reason.ORDER_CANCELLED)
        return
    if not state.arrival_times():
        yield Violation(code=Reason.NOTHING_DELIVERED)
    if not has_right(state):
        details = {"country": state.order.destination.country}
        yield Violation(code=Reason.NO_WITHDRAWAL_RIGHT, details={**details})
        return
    end = withdrawal_end(state)
    if end is not None and end <= now:
        yield Violation(code=Reason.OUTSIDE_WINDOW, details={"window_end": end.isoformat()})


def _line_violations(
    state: JourneyState, item: ReturnItem, returnable: ReturnableUnits
) -> Iterator[Violation]:
    if state.order.line(item.line_id) is None:
        yield Violation(code=Reason.LINE_NOT_IN_ORDER, details={"line": item.line_id})
        return
    if _stays(state, item.line_id):
        row = exempting_row(state, item.line_id)
        rule: dict[str, str | int] = {"rule": row} if row else {}
        yield Violation(code=Reason.NOT_RETURNABLE, details={"line": item.line_id, **rule})
    left = len(returnable.units(item.line_id))
    if item.quantity > left:
        details: dict[str, str | int] = {
            "line": item.line_id,
            "requested": item.quantity,
            "available": left,
        }
        yield Violation(code=Reason.UNITS_UNAVAILABLE, details=details)
