"""The rows of a policy's tables that can still match an order: what was known when it was placed has chosen them (ADR 38)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Literal, TypeVar

from domain.base import Frozen
from domain.clock import local_day
from domain.model.country_packs import Exemption
from domain.model.order import Order, OrderLine
from domain.model.policy_amounts import only
from domain.model.policy_tables import (
    PolicyTables,
    RowCondition,
    RowVerdict,
    VerdictRow,
    WindowAnchor,
    WindowRow,
)
from domain.money import BASIS


class KeptWindow(Frozen):
    """A row of the windows, with the only condition that is not decided yet: its reasons."""

    id: str
    """Its name."""
    reasons: tuple[str, ...] = ()
    """For units that come back for one of these; empty: for all."""
    days: int
    """So many days."""
    counts_from: WindowAnchor
    """What the days count from."""
    until: date | None = None
    """And at least until the end of that day."""


class KeptVerdict(Frozen):
    """A row of the verdicts, with the only condition that is not decided yet: its reasons."""

    id: str
    """Its name."""
    reasons: tuple[str, ...] = ()
    """For units that come back for one of these; empty: for all."""
    verdict: RowVerdict
    """Whether they may come back."""
    max_units: int | None = None
    """So many units in all returns of the order; null: no limit."""
    max_value: dict[str, int] | None = None
    """What they may cost together, in the order's currency; null: no limit."""
    beyond: Literal["review", "deny"] = "review"
    """What happens to more than that."""
    final_sale: bool = False
    """It decides in place of the mark of a final sale."""
    exemption: Exemption | None = None
    """Why the law gives no right to withdraw from the purchase of these goods."""

    @property
    def may_object(self) -> bool:
        """Whether it can refuse anything, or leave it to a person."""
        return self.verdict != "allow" or self.max_units is not None or self.max_value is not None


class LineRows(Frozen):
    """The rows of one line, by their names, in their order. The last of a table may match any reason; none after it is kept."""

    windows: tuple[str, ...] = ()
    """Rows of the windows."""
    verdicts: tuple[str, ...] = ()
    """Rows of the verdicts."""


Kept = TypeVar("Kept", KeptWindow, KeptVerdict)
Row = TypeVar("Row", WindowRow, VerdictRow)


class OrderRules(Frozen):
    """The rows that can still match an order. A line without rows has the policy's own fields."""

    windows: tuple[KeptWindow, ...] = ()
    """Rows of the windows."""
    verdicts: tuple[KeptVerdict, ...] = ()
    """Rows of the verdicts."""
    lines: dict[str, LineRows] = {}
    """Which rows each line has."""

    @cached_property
    def windows_by_line(self) -> dict[str, list[KeptWindow]]:
        """The windows of each line that has rows, in their order."""
        found = {row.id: row for row in self.windows}
        return {line: [found[name] for name in rows.windows] for line, rows in self.lines.items()}

    @cached_property
    def verdicts_by_line(self) -> dict[str, list[KeptVerdict]]:
        """The verdicts of each line that has rows, in their order."""
        found = {row.id: row for row in self.verdicts}
        return {line: [found[name] for name in rows.verdicts] for line, rows in self.lines.items()}

    def verdicts_of(self, line_id: str) -> list[KeptVerdict]:
        """The rows of that line, in their order."""
        return self.verdicts_by_line.get(line_id, [])

    def verdict(self, line_id: str, reason: str) -> KeptVerdict | None:
        """The row that decides about units of that line that come back for that reason."""
        return first_match(self.verdicts_of(line_id), reason)

    def staying(self) -> frozenset[str]:
        """The lines that no reason brings back."""
        return frozenset(line for line in self.lines if _none_back(self.verdicts_of(line)))

    def exempted(self) -> frozenset[str]:
        """Those of `staying` that the law exempts from the right to withdraw."""
        return frozenset(
            line for line in self.staying() if all(row.exemption for row in self.verdicts_of(line))
        )

    def overruling_final_sale(self) -> frozenset[str]:
        """The lines of a final sale that a row takes back for some reason."""
        return frozenset(
            line
            for line in self.lines
            if any(row.final_sale and row.verdict != "deny" for row in self.verdicts_of(line))
        )

    def with_line(self, line_id: str, like: str) -> "OrderRules":
        """The rules with a new line that has the rows of another one."""
        rows = self.lines.get(like)
        if rows is None:
            return self
        return OrderRules(windows=self.windows, verdicts=self.verdicts, lines={**self.lines, line_id: rows})

    def with_others(self, others: "OrderRules") -> "OrderRules":
        """The rules with the lines of others that they do not have."""
        new = {line: rows for line, rows in others.lines.items() if line not in self.lines}
        if not new:
            return self
        return OrderRules(
            windows=tuple(_joined(self.windows, others.windows)),
            verdicts=tuple(_joined(self.verdicts, others.verdicts)),
            lines={**self.lines, **new},
        )


def first_match(rows: Iterable[Kept], reason: str) -> Kept | None:
    """The first of the rows that is for that reason."""
    return next((row for row in rows if not row.reasons or reason in row.reasons), None)


def _none_back(rows: Sequence[KeptVerdict]) -> bool:
    return bool(rows) and not rows[-1].reasons and all(row.verdict == "deny" for row in rows)


def _joined(rows: Iterable[Kept], others: Iterable[Kept]) -> Iterable[Kept]:
    """Each row once; rows of one policy with the same id are the same."""
    return {row.id: row for row in chain(others, rows)}.values()


def rules_for(tables: PolicyTables, order: Order, lines: Iterable[OrderLine] | None = None) -> OrderRules:
    """The rows that can still match these lines of the order; without `lines`, all of its lines.

    Whatever was known when the order was placed is decided here, once: only reasons are left for a return to decide.
    """
    if not tables.windows and not tables.verdicts:
        return OrderRules()
    placed_on = local_day(order.placed_at, order.destination.zone)
    windows = [row for row in tables.windows if _holds_for_order(row.when, order, placed_on)]
    verdicts = [row for row in tables.verdicts if _holds_for_order(row.when, order, placed_on)]
    of_line: dict[str, LineRows] = {}
    used_windows, used_verdicts = set[str](), set[str]()
    for line in order.lines if lines is None else lines:
        rows = LineRows(windows=_reachable(windows, line), verdicts=_reachable(verdicts, line))
        if rows.windows or rows.verdicts:
            of_line[line.line_id] = rows
            used_windows.update(rows.windows)
            used_verdicts.update(rows.verdicts)
    return OrderRules(
        windows=tuple(_kept_window(row) for row in windows if row.id in used_windows),
        verdicts=tuple(_kept_verdict(row, order.currency) for row in verdicts if row.id in used_verdicts),
        lines=of_line,
    )


def _reachable(rows: Sequence[Row], line: OrderLine) -> tuple[str, ...]:
    """The rows that match the line for some reason, up to the first that matches it for all."""
    found: list[str] = []
    for row in rows:
        wanted = row.when.categories  # most rows of a large table differ by it: asked first
        if (not wanted or line.category in wanted) and _holds_for_line(row.when, line):
            found.append(row.id)
            if not row.when.reasons:
                break
    return tuple(found)


def _kept_window(row: WindowRow) -> KeptWindow:
    return KeptWindow(
        id=row.id, reasons=row.when.reasons, days=row.days, counts_from=row.counts_from, until=row.until
    )


def _kept_verdict(row: VerdictRow, currency: str) -> KeptVerdict:
    return KeptVerdict(
        id=row.id,
        reasons=row.when.reasons,
        verdict=row.verdict,
        max_units=row.max_units,
        max_value=None if row.max_value is None else only(row.max_value, currency),
        beyond=row.beyond,
        final_sale=row.when.final_sale is True,
        exemption=row.exemption,
    )


def _holds_for_order(when: RowCondition, order: Order, placed_on: date) -> bool:
    return not when.depends_on_order or (
        _among(order.destination.country, when.countries)
        and _among(order.channel, when.channels)
        and _among(order.tier, when.tiers)
        and (when.placed_from is None or when.placed_from <= placed_on)
        and (when.placed_until is None or placed_on <= when.placed_until)
    )


def _holds_for_line(when: RowCondition, line: OrderLine) -> bool:
    return (
        (not when.tags or not set(when.tags).isdisjoint(line.tags))
        and (not when.skus or any(_is_sku(line.sku, one) for one in when.skus))
        and (when.final_sale is None or when.final_sale is line.final_sale)
        and _holds_for_price(when, line)
    )


def _holds_for_price(when: RowCondition, line: OrderLine) -> bool:
    """By what one unit cost on average: of a line whose discount does not divide, units differ by a minor unit."""
    if when.discount_from is not None and _discount(line) < when.discount_from:
        return False
    low, high = _limit(when.price_from, line), _limit(when.price_below, line)
    if low is not None and not (low >= 0 and line.paid_minor >= low * line.quantity):
        return False
    return high is None or line.paid_minor < high * line.quantity


def _limit(amounts: Mapping[str, int] | None, line: OrderLine) -> int | None:
    """The row of the line's currency, -1 where there is none; None without amounts."""
    return None if amounts is None else amounts.get(line.unit_price.currency, -1)


def _discount(line: OrderLine) -> int:
    """How much less the line cost than its price, in basis points."""
    price = line.unit_price.minor * line.quantity
    return line.discount.minor * BASIS // price if line.discount and price else 0


def _among(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted


def _is_sku(sku: str, wanted: str) -> bool:
    return sku.startswith(wanted[:-1]) if wanted.endswith("*") else sku == wanted
