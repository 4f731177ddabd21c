"""Parcels of a file of real orders, as days at the destination: the trial's data for learning and scoring."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from demo.calendar import day_at
from replay.rows import ZONE, RecordedOrder, load

DAY = timedelta(days=1)
_LONGEST = 120  # days; a parcel that is under way for longer is not learnt from
# National holidays of Brazil in the years of the data: carriers rest as on a Sunday.
_FIXED = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25))
_MOVING = frozenset(
    date(*day) for day in ((2017, 2, 27), (2017, 2, 28), (2017, 4, 14), (2018, 2, 12), (2018, 2, 13), (2018, 3, 30))
)  # fmt: skip


@dataclass(frozen=True)
class Parcel:
    """All days are those of São Paulo. `promised`: kept until the end of that day. None: has not happened in the file."""

    approved: date
    promised: date
    handed_over: date | None
    delivered: date | None

    @property
    def late(self) -> bool:
        return self.delivered is None or self.delivered > self.promised

    def at_risk(self, hours: int) -> bool:
        """The rule: not delivered that many hours, in whole days, before the end of the promised day."""
        return self.delivered is None or self.delivered >= self.first_day_left(hours)

    def first_day_left(self, hours: int) -> date:
        """The day that begins at that moment."""
        return self.promised - timedelta(days=hours // 24 - 1)

    def days_under_way(self, until: date) -> Iterator[tuple[date, bool]]:
        """Each day before `until` on which it could have been delivered, and whether it was: later ones are censored."""
        day, last = self.approved, min(self.delivered or until, self.approved + _LONGEST * DAY)
        while day < until and day <= last:
            yield day, day == self.delivered
            day += DAY


def rests(day: date) -> int:
    """The kind of day: 0 Monday … 6 Sunday, and holidays as Sundays."""
    return 6 if (day.month, day.day) in _FIXED or day in _MOVING else day.weekday()


def read(file: Path) -> list[Parcel]:
    """By approval. Cancelled orders are left out: a shop knows of that when it happens, the file has no date of it."""
    rows = [row for row in load(file).rows if row.status not in ("canceled", "unavailable")]
    return [_parcel(row) for row in sorted(rows, key=lambda row: (row.approved, row.number))]


def _parcel(row: RecordedOrder) -> Parcel:
    return Parcel(day_at(row.approved, ZONE), row.promised, _day(row.handed_over), _day(row.delivered))


def _day(at: datetime | None) -> date | None:
    return day_at(at, ZONE) if at else None
