"""Quiet hours in the customer's zone: whether an instant is quiet, and when the quiet hours end."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.model.notice_policy import QuietHours

_DAYS = 4  # a day may be missing where a zone crossed the date line, and an hour where clocks go forward


def is_quiet(at: datetime, zone: str, hours: QuietHours | None) -> bool:
    """Whether the instant is in the quiet hours, by the local time of the zone."""
    if hours is None:
        return False
    wall = f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
    if hours.start < hours.end:
        return hours.start <= wall < hours.end
    return wall >= hours.start or wall < hours.end


def quiet_hours_end(at: datetime, zone: str, hours: QuietHours | None) -> datetime:
    """The first instant from `at` on that is not quiet, in UTC.

    Where `end` falls into an hour that the clocks skip, the result lies as far after that hour as `end` lies in it.
    """
    if hours is None or not is_quiet(at, zone, hours):
        return at.astimezone(UTC)
    today = at.astimezone(ZoneInfo(zone)).date()
    end = time.fromisoformat(hours.end)
    ends = (
        datetime.combine(today + timedelta(days=days), end.replace(fold=fold), ZoneInfo(zone)).astimezone(UTC)
        for days in range(_DAYS)
        for fold in (0, 1)
    )
    return min(instant for instant in ends if instant > at and not is_quiet(instant, zone, hours))
