"""Which way a file writes its dates: found from the whole file, never guessed. Times are local and say no zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_CLOCK = r"(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?"
_SHAPES = {
    "year first": re.compile(r"(\d{4})-(\d{2})-(\d{2})" + _CLOCK),
    "dashes": re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})" + _CLOCK),
    "slashes": re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})" + _CLOCK),
}
_ORDERS = {"year first": ("ymd",), "dashes": ("dmy", "mdy"), "slashes": ("dmy", "mdy")}


class AmbiguousDates(ValueError):
    """The file does not say which way its dates are written, or says two ways."""


@dataclass(frozen=True)
class DateFormat:
    """One way to write a date and a time of day. `shape`: what parts them; `order`: of `y`, `m` and `d`."""

    shape: str
    order: str

    @property
    def name(self) -> str:
        """For people, such as `day-month-year with dashes`."""
        words = {"y": "year", "m": "month", "d": "day"}
        order = "-".join(words[letter] for letter in self.order)
        return order if self.shape == "year first" else f"{order} with {self.shape}"

    def read(self, text: str) -> datetime | None:
        """The local time it says, without a zone; None when it says none in this spelling."""
        found = _SHAPES[self.shape].fullmatch(text.strip())
        if found is None:
            return None
        numbers = [int(part or 0) for part in found.groups()]
        parts = dict(zip(self.order, numbers[:3], strict=True))
        hour, minute, second = numbers[3:]
        try:
            return datetime(parts["y"], parts["m"], parts["d"], hour, minute, second)  # noqa: DTZ001 - local
        except ValueError:
            return None


def detect_date_format(cells: Iterable[str]) -> DateFormat:
    """The one spelling of all those cells. Raises AmbiguousDates when there are two of them, or none for certain.

    A cell that is no date in any spelling is no evidence: its row is odd, not the file.
    """
    filled = {cell.strip() for cell in cells} - {""}
    shapes = {shape for shape, form in _SHAPES.items() if any(form.fullmatch(cell) for cell in filled)}
    if len(shapes) != 1:
        seen = " and ".join(sorted(shapes)) or "none that is known"
        raise AmbiguousDates(f"dates of one spelling are needed, found: {seen}")
    [shape] = shapes
    spellings = [DateFormat(shape, order) for order in _ORDERS[shape]]
    proven = {only for cell in filled if (only := _only(cell, spellings)) is not None}
    if len(proven) > 1:
        raise AmbiguousDates(
            "some dates have the day first and some the month; the file disagrees with itself"
        )
    if not proven:
        raise AmbiguousDates(f"no date with {shape} says whether day or month comes first")
    return proven.pop()


def _only(cell: str, formats: list[DateFormat]) -> DateFormat | None:
    """The spelling that alone can read the cell; None where several can, or none."""
    can = [spelling for spelling in formats if spelling.read(cell) is not None]
    return can[0] if len(can) == 1 else None


def as_instant(local: datetime, zone: str) -> tuple[datetime, str | None]:
    """The instant of that local time in UTC, and what was odd about it where clocks were changed.

    `hour_that_came_twice` is read as the first; `hour_that_did_not_exist` as clocks that were not changed would show it.
    """
    there = local.replace(tzinfo=ZoneInfo(zone))
    first, second = there.replace(fold=0).utcoffset(), there.replace(fold=1).utcoffset()
    assert first is not None
    assert second is not None
    odd = None
    if first != second:
        odd = "hour_that_came_twice" if first > second else "hour_that_did_not_exist"
    return (local - first).replace(tzinfo=UTC), odd


def hour_of(at: datetime) -> datetime:
    """The beginning of its hour."""
    return at.replace(minute=0, second=0, microsecond=0)
