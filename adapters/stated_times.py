"""Times as outside senders write them: ISO 8601, vendors' own forms, wall times without a zone, bare dates."""

import re
from datetime import UTC, datetime, time, timedelta

from adapters.wall_clock import instant_of
from domain.clock import is_edge_of_day
from domain.model.estimate import Estimate
from domain.model.scan import StatedTime

_EARLIEST_YEAR = 2000  # no carrier's event is older; 1970 and 0001 are unset clocks
_LATEST_YEAR = 9990  # keeps offset and end-of-day arithmetic inside what a datetime can hold
_CLOCK_SKEW = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)
_MAX_ESTIMATE_AHEAD = timedelta(days=730)
_VENDOR_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?"
    r"(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(Z|[+-]\d\d:?\d\d))?",
    re.ASCII,
)


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 time, naive if the text has no zone; None for other text and for years outside 2000-9989."""
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        return None
    return stated if _EARLIEST_YEAR <= stated.year < _LATEST_YEAR else None


def parse_scan_time(text: str, country: str = "") -> StatedTime | None:
    """The time of a scan in a vendor's spelling; None for other text and for implausible years.

    country: where the scan happened. A wall time without a zone becomes an instant only if all clocks of the country agree.
    Midnight or the last second of a day without a zone is a bare date that a system has padded.
    """
    iso = parse_time(text)
    stated = iso or _parse_vendor_time(text)
    if stated is None:
        return None
    if stated.tzinfo is not None:
        return StatedTime(stated if stated.tzinfo is UTC else stated.astimezone(UTC))
    if iso and (iso.time() == time(0) or iso.time() >= _LAST_SECOND):
        return StatedTime(stated.replace(tzinfo=UTC), "day", stated.date().isoformat())
    at = instant_of(stated, country) if country else None
    if at is not None:
        return StatedTime(at)
    return StatedTime(stated.replace(tzinfo=UTC), "local", stated.replace(microsecond=0).isoformat())


def _parse_vendor_time(text: str) -> datetime | None:
    """Forms that Python's ISO 8601 parser refuses: 24:00, a leap second, and 12:35 AM (S-20)."""
    found = _VENDOR_TIME.fullmatch(text.strip()) if len(text) <= 40 else None
    if found is None:
        return None
    day, hours, minutes, seconds, half, zone = found.groups()
    hour, second = int(hours), int(seconds or 0)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    end_of_day = hour == 24 and int(minutes) == second == 0
    if (hour > 23 and not end_of_day) or second > 60:
        return None
    leap = second == 60
    start = parse_time(f"{day}T{hour % 24:02}:{minutes}:{59 if leap else second:02}{zone or ''}")
    return start + timedelta(days=end_of_day, seconds=leap) if start else None


def parse_estimate(text: str | None, reported_at: datetime, now: datetime) -> Estimate | None:
    """A day or an instant. The first or last time of a day, in any zone, is a date that a system has padded.

    `T00:00:00Z` as an instant would be the day before in the Americas, and `T00:00:00-07:00` the beginning of the day.
    """
    expected = parse_time(text or "")
    if expected is None or expected.replace(tzinfo=UTC) > now + _MAX_ESTIMATE_AHEAD:
        return None
    if expected.tzinfo is None or is_edge_of_day(expected.time()):
        return Estimate(reported_at=reported_at, day=expected.date())
    return Estimate(reported_at=reported_at, at=expected.astimezone(UTC))


def parse_reported_at(text: str | None, now: datetime) -> datetime:
    """When the vendor's data was updated; `now` where that is no plausible instant."""
    stated = parse_time(text or "")
    if stated is None or stated.tzinfo is None or not is_plausible(stated, now):
        return now
    return stated.astimezone(UTC)


def is_plausible(at: datetime, now: datetime) -> bool:
    """Whether a scan can have that time: a carrier's clock may be a day ahead, not more."""
    return at <= latest_plausible(now)


def latest_plausible(now: datetime) -> datetime:
    """The latest time that a scan can have."""
    return now + _CLOCK_SKEW
