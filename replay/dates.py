"""Detects the date format of a file from all its dates; it is never guessed. Times are local, without a zone."""

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
    """The dates of the file fit no format, or more than one."""


@dataclass(frozen=True)
class DateFormat:
    """One way to write a date and a time of day. `shape`: its separators. `order`: of `y`, `m` and `d`."""

    shape: str
    order: str

    @property
    def name(self) -> str:
        """A name for people, such as `day-month-year with dashes`."""
        words = {"y": "year", "m": "month", "d": "day"}
        order = "-".join(words[letter] for letter in self.order)
        return order if self.shape == "year first" else f"{order} with {self.shape}"

    def read(self, text: str) -> datetime | None:
        """The local time, without a zone; None when the text is no date in this format."""
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
    """The one format of all cells. Raises AmbiguousDates when there are two, or none for certain.

    A cell that is no date in any format is ignored; its row is refused later, not the file.
    """
    filled = {cell.strip() for cell in cells} - {""}
    shapes = {shape for shape, form in _SHAPES.items() if any(form.fullmatch(cell) for cell in filled)}
    if len(shapes) != 1:
        seen = " and ".join(sorted(shapes)) or "no known format"
        raise AmbiguousDates(f"all dates must have one format, found: {seen}")
    [shape] = shapes
    formats = [DateFormat(shape, order) for order in _ORDERS[shape]]
    proven = {only for cell in filled if (only := _only_format(cell, formats)) is not None}
    if len(proven) > 1:
        raise AmbiguousDates("some dates have the day first and some the month")
    if not proven:
        raise AmbiguousDates(f"no date with {shape} says whether day or month comes first")
    return proven.pop()


def _only_format(cell: str, formats: list[DateFormat]) -> DateFormat | None:
    """The only format that can read the cell; None when several can, or none."""
    matching = [each for each in formats if each.read(cell) is not None]
    return matching[0] if len(matching) == 1 else None


def as_instant(local: datetime, zone: str) -> tuple[datetime, str | None]:
    """The instant of a local time in UTC, and the name of an anomaly at a change of clocks, else None.

    `hour_that_came_twice` is read as the first of both; `hour_that_did_not_exist` as if clocks had not been changed.
    """
    zoned = local.replace(tzinfo=ZoneInfo(zone))
    first, second = zoned.replace(fold=0).utcoffset(), zoned.replace(fold=1).utcoffset()
    assert first is not None
    assert second is not None
    anomaly = None
    if first != second:
        anomaly = "hour_that_came_twice" if first > second else "hour_that_did_not_exist"
    return (local - first).replace(tzinfo=UTC), anomaly


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)
