"""Tables of a policy: rows with ids, of which the first that matches a line decides (ADR 38)."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, Field, model_validator

from domain.base import Frozen
from domain.clock import StatedDay
from domain.model.country_packs import Exemption
from domain.model.order import Country, Identifier, Label
from domain.model.policy_amounts import Amounts
from domain.model.refund_terms import BasisPoints, Days, ReturnReason

WindowAnchor = Literal["delivery", "last_delivery", "shipment", "order"]
"""
delivery: the unit's own arrival, or the day on which it was collected.
last_delivery: the arrival of the last unit of the order.
shipment: when the unit's parcel left.
order: when the order was placed.
"""
RowVerdict = Literal["allow", "deny", "review"]
RowId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
MAX_ROWS = 500  # of one table
_MAX_VALUES = 200  # of one list of a condition


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("a value is there twice")
    return values


Labels = Annotated[
    tuple[Annotated[Label, Field(min_length=1)], ...], Field(max_length=_MAX_VALUES), AfterValidator(_once)
]
Skus = Annotated[tuple[Identifier, ...], Field(max_length=_MAX_VALUES), AfterValidator(_once)]


class RowCondition(Frozen):
    """When a row matches: every field that is set holds. A list holds with any of its values."""

    skus: Skus = ()
    """The article; a `*` at the end stands for any ending."""
    categories: Labels = ()
    """The line's `category`."""
    tags: Labels = ()
    """One of the line's `tags`."""
    countries: Annotated[tuple[Country, ...], Field(max_length=250)] = ()
    """The country of destination."""
    channels: Labels = ()
    """The order's `channel`."""
    tiers: Labels = ()
    """The customer's `tier` when the order was placed."""
    placed_from: StatedDay | None = None
    """The order was placed on that day at the destination, or later."""
    placed_until: StatedDay | None = None
    """It was placed on that day, or earlier."""
    price_from: Amounts | None = None
    """One unit cost so much after discounts, or more. A currency without a row never matches."""
    price_below: Amounts | None = None
    """One unit cost less than this after discounts. A currency without a row never matches."""
    discount_from: BasisPoints | None = None
    """The line cost so much less than its price, or more, in basis points."""
    final_sale: bool | None = None
    """Whether the line was sold as final. A row that says `true` decides in place of that mark."""
    reasons: Annotated[tuple[ReturnReason, ...], Field(max_length=50), AfterValidator(_once)] = ()
    """Why the units come back. All other fields are known when the order is placed."""

    @cached_property
    def depends_on_order(self) -> bool:
        """Whether anything decides that all lines of an order have in common."""
        days = self.placed_from or self.placed_until
        return bool(self.countries or self.channels or self.tiers or days)

    @property
    def matches_all(self) -> bool:
        """Whether it holds for every line and reason."""
        return self == RowCondition()


class WindowRow(Frozen):
    """How long goods may come back."""

    id: RowId
    """Its name in explanations."""
    when: RowCondition = RowCondition()
    """The lines that it is for."""
    days: Days
    """So many days, until the end of the last one at the destination."""
    counts_from: WindowAnchor = "delivery"
    """What the days count from."""
    until: StatedDay | None = None
    """And at least until the end of that day, as for presents."""


class VerdictRow(Frozen):
    """Whether goods may come back."""

    id: RowId
    """Its name in explanations."""
    when: RowCondition = RowCondition()
    """The lines that it is for."""
    verdict: RowVerdict
    """`review`: an agent looks first, with `review_hours` and `review_default`."""
    exemption: Exemption | None = None
    """Why the law gives no right to withdraw from the purchase of these goods; without it a country pack takes them back."""
    max_units: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    """So many units in all returns of the order, by this row; null: no limit."""
    max_value: Amounts | None = None
    """The same for what these units cost; in a currency without a row an agent looks first. Null: no limit."""
    beyond: Literal["review", "deny"] = "review"
    """What happens to more than that."""

    @model_validator(mode="after")
    def _limits_what_comes_back(self) -> "VerdictRow":
        if self.verdict == "deny" and (self.max_units is not None or self.max_value is not None):
            raise ValueError(f"the row `{self.id}` takes nothing back, so it has no limit")
        return self


class TableRow(Protocol):
    """A row of any table."""

    @property
    def id(self) -> str: ...

    @property
    def when(self) -> RowCondition: ...


class PolicyTables(Frozen):
    """Rows for certain goods; the first that matches decides, and without one the policy's own fields."""

    windows: Annotated[tuple[WindowRow, ...], Field(max_length=MAX_ROWS)] = ()
    """How long goods may come back, instead of `window`."""
    verdicts: Annotated[tuple[VerdictRow, ...], Field(max_length=MAX_ROWS)] = ()
    """Whether goods may come back; without a row they may."""

    @model_validator(mode="after")
    def _each_row_is_reached(self) -> "PolicyTables":
        for name, rows in (("windows", self.windows), ("verdicts", self.verdicts)):
            check_rows(name, rows)
        return self

    def amounts(self) -> dict[str, dict[str, int] | None]:
        """Every amount that is set, by its name."""
        rows: list[WindowRow | VerdictRow] = [*self.windows, *self.verdicts]
        found: dict[str, dict[str, int] | None] = {}
        for row in rows:
            table = "windows" if isinstance(row, WindowRow) else "verdicts"
            place = f"tables.{table}.{row.id}"
            limit = row.max_value if isinstance(row, VerdictRow) else None
            named = {
                "price_from": row.when.price_from,
                "price_below": row.when.price_below,
                "max_value": limit,
            }
            found |= {f"{place}.{name}": value for name, value in named.items() if value is not None}
        return found

    def reasons(self) -> Iterable[tuple[str, str]]:
        """Each reason that a row names, after the row's place."""
        for window in self.windows:
            yield from ((f"tables.windows.{window.id}", reason) for reason in window.when.reasons)
        for verdict in self.verdicts:
            yield from ((f"tables.verdicts.{verdict.id}", reason) for reason in verdict.when.reasons)


def check_rows(table: str, rows: Iterable[TableRow]) -> None:
    """Raises ValueError for a name that two rows have, and for rows after one that matches everything."""
    names: set[str] = set()
    last = ""
    for row in rows:
        if row.id in names:
            raise ValueError(f"two rows of `{table}` have the id `{row.id}`")
        if last:
            raise ValueError(
                f"the row `{row.id}` of `{table}` is never reached: `{last}` before it matches everything"
            )
        names.add(row.id)
        last = row.id if row.when.matches_all else ""
