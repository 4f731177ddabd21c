"""Until when units may come back: by the first row of the policy's windows that matches them, else by its `window`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.clock import end_of_day
from domain.model.order_rules import KeptWindow, first_match
from domain.model.state import JourneyState
from domain.model.withdrawal_windows import WithdrawalWindows, law_in_force


class ReturnWindows:
    """The ends of the windows of an order's units. Each is computed once."""

    def __init__(self, state: JourneyState, now: datetime | None = None) -> None:
        """`now`: while goods of the order are awaited, what counts from the last of them ends no earlier than from now."""
        self.arrived = state.arrivals()
        self._state, self._now = state, now
        times = {at for units in self.arrived.values() for at in units.values()}
        self._plain = {at: state.window_end(at) for at in times}
        self._rows = state.terms.rules.windows_by_line
        self._ends: dict[tuple[str, str | None], dict[int, datetime]] = {}
        self.law = law_in_force(state)
        self._by_law = WithdrawalWindows(state, self.law, now, self.arrived) if self.law else None

    def end(self, line_id: str, unit: int, reason: str | None = None) -> datetime:
        """The first instant at which that unit can no longer be returned for that reason; without one, for any."""
        return self.ends(line_id, reason)[unit]

    def ends(self, line_id: str, reason: str | None = None) -> dict[int, datetime]:
        """The same of all units of the line that arrived."""
        known = self._ends.get((line_id, reason))
        if known is None:
            known = self._by_policy(line_id, reason)
            if self._by_law:
                known = {unit: max(end, self._by_law.end(line_id, unit)) for unit, end in known.items()}
            self._ends[line_id, reason] = known
        return known

    def rule_of(self, line_id: str, unit: int, reason: str) -> str:
        """What decides about that unit: a row by its id, a country pack by its name, or nothing for the policy's `window`."""
        ends = self._by_policy(line_id, reason)
        if self.law and self._by_law and self._by_law.end(line_id, unit) > ends[unit]:
            return self.law.name
        return self.rule(line_id, reason)

    def by_law(self, line_id: str, unit: int) -> datetime | None:
        """Until when the country pack lets the customer withdraw; None where none is in force."""
        return self._by_law.end(line_id, unit) if self._by_law else None

    def _by_policy(self, line_id: str, reason: str | None) -> dict[int, datetime]:
        rows, arrived = self._rows.get(line_id), self.arrived.get(line_id, {})
        if not rows:
            return {unit: self._plain[at] for unit, at in arrived.items()}
        if reason is not None:
            choices: list[KeptWindow | None] = [first_match(rows, reason)]
        else:
            choices = [*rows] if not rows[-1].reasons else [*rows, None]
        if len(choices) == 1:
            return self._by_row(choices[0], line_id)
        found = [self._by_row(row, line_id) for row in choices]
        return {unit: max(ends[unit] for ends in found) for unit in arrived}

    def rule(self, line_id: str, reason: str) -> str:
        """The row that decides; empty for the policy's `window`."""
        row = first_match(self._rows.get(line_id, []), reason)
        return row.id if row else ""

    def all_ends(self) -> set[datetime]:
        """The ends of all units, for the reason that gives the longest time."""
        return {self.end(line, unit) for line, units in self.arrived.items() for unit in units}

    def _by_row(self, row: KeptWindow | None, line_id: str) -> dict[int, datetime]:
        arrived = self.arrived.get(line_id, {})
        if row is None:
            return {unit: self._plain[at] for unit, at in arrived.items()}
        if row.counts_from == "shipment":
            left = {unit: _left_at(self._state, line_id, unit) or at for unit, at in arrived.items()}
            return {unit: self._row_end(row, at) for unit, at in left.items()}
        ends = {at: self._row_end(row, self._counted_from(row, at)) for at in set(arrived.values())}
        return {unit: ends[at] for unit, at in arrived.items()}

    def _row_end(self, row: KeptWindow, counted_from: datetime) -> datetime:
        state = self._state
        end = state.window_end(counted_from, row.days)
        if row.until is None:
            return end
        return max(end, end_of_day(row.until + timedelta(days=state.window_extension), state.zone))

    def _counted_from(self, row: KeptWindow, arrived: datetime) -> datetime:
        if row.counts_from == "order":
            return self._state.order.placed_at
        return max(self._last_arrivals()) if row.counts_from == "last_delivery" else arrived

    def _last_arrivals(self) -> Iterator[datetime]:
        yield from self._plain
        if self._now is not None and self._state.awaits_goods:
            yield self._now


def _left_at(state: JourneyState, line_id: str, unit: int) -> datetime | None:
    """When the parcel with that unit left: its first scan, else its registration; None for a unit that came in none."""
    parcels = [one for one in state.parcels if not one.void and unit in one.units.get(line_id, ())]
    left = (
        min((scan.at for scan in one.scans if scan.physical), default=one.registered_at) for one in parcels
    )
    return max(left, default=None)
