"""Days and hours as a reader's language and zone spell them; no line break divides one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent

from domain.clock import day_or_moment

_KEPT = "\u00a0"
Moment = datetime | date | str


@dataclass(frozen=True)
class Moments:
    """Forms of dates for templates. A date stays that date; an instant is the day and hour in the zone."""

    formats: Locale
    zone: str

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions that templates may call."""
        return {
            "weekday": self.weekday,
            "day": self.day,
            "short_day": self.short_day,
            "full_day": self.full_day,
            "clock": self.clock,
            "moment": self.moment,
            "ending": self.ending,
            "machine_time": self.machine_time,
            "duration": self.duration,
            "number": self.number,
            "percent": self.percent,
        }

    def weekday(self, at: Moment) -> str:
        """Thursday."""
        return str(format_date(self._noon(at), "EEEE", locale=self.formats))

    def day(self, at: Moment) -> str:
        """3 December."""
        return self._skeleton("MMMMd", at)

    def short_day(self, at: Moment) -> str:
        """Thu 3 Dec."""
        return self._skeleton("MMMEd", at)

    def full_day(self, at: Moment) -> str:
        """Thursday 3 December 2026."""
        return self._skeleton("yMMMMEEEEd", at)

    def clock(self, at: Moment) -> str:
        """17:05; a date, which has no hour, is its short day."""
        found = _read(at)
        if not isinstance(found, datetime):
            return self.short_day(found)
        local = found.astimezone(ZoneInfo(self.zone))
        return str(format_time(local, "short", locale=self.formats)).replace(" ", _KEPT)

    def moment(self, at: Moment) -> str:
        """Thu 3 Dec, 17:05; a date is its weekday and day."""
        if not isinstance(_read(at), datetime):
            return self._skeleton("MMMMEEEEd", at)
        return f"{self.short_day(at)}, {self.clock(at)}"

    def ending(self, at: Moment) -> datetime | date:
        """Of a time by which something ends, what the other forms show: the end of a day is that day."""
        found = _read(at)
        return day_or_moment(found, self.zone) if isinstance(found, datetime) else found

    def machine_time(self, at: Moment) -> str:
        """The `datetime` attribute of a time element."""
        found = _read(at)
        if isinstance(found, datetime):
            return found.astimezone(ZoneInfo(self.zone)).isoformat(timespec="minutes")
        return found.isoformat()

    def duration(self, seconds: float) -> str:
        """2 days; the largest unit only."""
        return str(format_timedelta(timedelta(seconds=seconds), locale=self.formats)).replace(" ", _KEPT)

    def number(self, value: float) -> str:
        """1,234.5."""
        return str(format_decimal(value, locale=self.formats))

    def percent(self, share: float, digits: int = 0) -> str:
        """98 % of 0.98."""
        form = self.formats.percent_formats[None].pattern  # 98 % in German, with a blank
        pattern = form.replace("#,##0", "#,##0." + "0" * digits) if digits else form
        return str(format_percent(share, format=pattern, locale=self.formats))

    def _skeleton(self, skeleton: str, at: Moment) -> str:
        return str(format_skeleton(skeleton, self._noon(at), locale=self.formats)).replace(" ", _KEPT)

    def _noon(self, at: Moment) -> datetime:
        """Of that day in the zone: formats of days need no hour, and none may move the day."""
        found = _read(at)
        local = found.astimezone(ZoneInfo(self.zone)) if isinstance(found, datetime) else found
        return datetime(local.year, local.month, local.day, 12, tzinfo=UTC)


def _read(at: Moment) -> datetime | date:
    """Text is an instant or a date of ISO 8601. `str` makes jinja name what is missing."""
    if isinstance(at, date):  # a datetime is one as well
        return at
    text = str(at)
    return date.fromisoformat(text) if len(text) == len("2026-12-03") else datetime.fromisoformat(text)
