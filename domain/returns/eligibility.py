"""Whether items may be returned: all rules that fail at once, each with its facts (S-42)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from domain.model.country_packs import PackName
from domain.model.quote import ReturnItem
from domain.model.state import JourneyState
from domain.reasons import Reason, Violation
from domain.returns.row_verdicts import by_line, decides_final_sale, is_exempt, row_violations
from domain.returns.windows import ReturnWindows

_OVERRULED = {Reason.FINAL_SALE, Reason.POLICY_DENIES}  # by the right to withdraw


def merge_lines(items: Iterable[ReturnItem]) -> list[ReturnItem]:
    """One item per line: a line that is listed twice counts as the sum (S-35), with the first reason given."""
    by_line: dict[str, ReturnItem] = {}
    for item in items:
        earlier = by_line.get(item.line_id)
        by_line[item.line_id] = (
            earlier.model_copy(update={"quantity": earlier.quantity + item.quantity}) if earlier else item
        )
    return list(by_line.values())


class ReturnableUnits:
    """The units of an order that may be returned at that time, computed once for all units."""

    def __init__(self, state: JourneyState, now: datetime, reasons: Mapping[str, str] | None = None) -> None:
        """`reasons`: why the units of each line come back; of a line without one, the longest window counts."""
        self._now, self._out, self._reasons = now, state.unavailable_units(), reasons or {}
        self._windows = ReturnWindows(state, now)
        self._arrived = self._windows.arrived
        self._sorted: dict[str, list[int]] = {}

    def units(self, line_id: str) -> list[int]:
        """Delivered units of the line that are not unavailable, as by another return.

        Units inside their return window come first, then units that arrived first. So a customer who returns one
        unit keeps the unit that may be returned longest.
        """
        known = self._sorted.get(line_id)
        if known is None:
            arrived, ends = self._arrived.get(line_id, {}), self._ends(line_id)
            free = [unit for unit in arrived if (line_id, unit) not in self._out]
            known = sorted(free, key=lambda unit: (ends[unit] <= self._now, arrived[unit], unit))
            self._sorted[line_id] = known
        return known

    def in_time(self, line_id: str) -> list[int]:
        """Those of `units` whose return window is open."""
        ends = self._ends(line_id)
        return [unit for unit in self.units(line_id) if ends[unit] > self._now]

    def first_end(self, line_id: str, units: list[int]) -> datetime:
        """The earliest end of a return window of these units."""
        ends = self._ends(line_id)
        return min(ends[unit] for unit in units)

    def last_end(self, line_id: str) -> datetime | None:
        """The latest end of an open return window of the line; None where none of it can be returned."""
        ends = self._ends(line_id)
        return max((ends[unit] for unit in self.in_time(line_id)), default=None)

    def window_closed_at(self, line_id: str, units: list[int]) -> datetime | None:
        """The latest end of a return window that is over, of these units; None when all are in time."""
        ends = self._ends(line_id)
        return max((ends[unit] for unit in units if ends[unit] <= self._now), default=None)

    def withdrawable(self, line_id: str, quantity: int) -> bool:
        """Whether the customer may withdraw from the purchase of so many units of the line, by a country pack in force."""
        units = self.units(line_id)[:quantity]
        ends = [self._windows.by_law(line_id, unit) for unit in units]
        return bool(ends) and all(end is not None and end > self._now for end in ends)

    def law_for(self, items: Iterable[ReturnItem]) -> PackName | None:
        """The country pack by which the customer may withdraw from the purchase of all these items; None without one."""
        law = self._windows.law
        if law is None or not all(self.withdrawable(item.line_id, item.quantity) for item in items):
            return None
        return law.name

    def window_rule(self, line_id: str, reason: str) -> str:
        """The row of the policy that says how long units of the line may come back; empty for its `window`."""
        return self._windows.rule(line_id, reason)

    def _ends(self, line_id: str) -> dict[int, datetime]:
        return self._windows.ends(line_id, self._reasons.get(line_id))


def violations(state: JourneyState, items: list[ReturnItem], now: datetime) -> list[Violation]:
    """All reasons why these items cannot be returned now; empty when they can."""
    violations, merged = list(_order_violations(state, items)), merge_lines(items)
    returnable = ReturnableUnits(state, now, {item.line_id: item.reason for item in merged})
    denied = by_line(row_violations(state, merged, Reason.POLICY_DENIES))
    for item in merged:
        of_line = [*_line_violations(state, item, returnable), *denied.get(item.line_id, [])]
        violations += without_overruled(state, item, of_line, returnable)
    return violations


def without_overruled(
    state: JourneyState, item: ReturnItem, found: list[Violation], returnable: ReturnableUnits
) -> list[Violation]:
    """The reasons that the law leaves: while a customer may withdraw, a sale is not final, and only an exemption denies."""
    if not any(one.code in _OVERRULED for one in found) or is_exempt(state, item):
        return found
    if not returnable.withdrawable(item.line_id, item.quantity):
        return found
    return [one for one in found if one.code not in _OVERRULED]


def some_reason(state: JourneyState, line_id: str, now: datetime) -> str:
    """A reason of the policy for which a unit of the line can come back, else its first: so only the goods decide."""
    reasons = state.terms.policy.reasons
    if line_id in state.terms.rules.lines:
        for reason in reasons:
            if not violations(state, [ReturnItem(line_id=line_id, quantity=1, reason=reason)], now):
                return reason
    return next(iter(reasons), "")


def _order_violations(state: JourneyState, items: list[ReturnItem]) -> Iterator[Violation]:
    if not items:
        yield Violation(code=Reason.NO_ITEMS)
    if state.cancelled_at is not None:
        yield Violation(code=Reason.ORDER_CANCELLED)
    elif not state.arrival_times():
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
    if item.line_id in state.terms.final_sale and not decides_final_sale(state, item):
        yield Violation(code=Reason.FINAL_SALE, details={"line": item.line_id})
    if item.reason not in state.terms.policy.reasons:
        yield Violation(code=Reason.REASON_UNKNOWN, details={"line": item.line_id, "reason": item.reason})
    left = returnable.units(item.line_id)
    if item.quantity > len(left):
        details: dict[str, str | int] = {
            "line": item.line_id,
            "requested": item.quantity,
            "available": len(left),
        }
        yield Violation(code=Reason.UNITS_UNAVAILABLE, details=details)
    closed = returnable.window_closed_at(item.line_id, left[: item.quantity])
    if closed:
        details = {"line": item.line_id, "window_end": closed.isoformat()}
        if rule := returnable.window_rule(item.line_id, item.reason):
            details["rule"] = rule
        yield Violation(code=Reason.OUTSIDE_WINDOW, details=details)
