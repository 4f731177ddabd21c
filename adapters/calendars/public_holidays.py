"""Public holidays and weekends of countries, from the `holidays` library."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from domain.calendars import OffDays

if TYPE_CHECKING:
    from holidays import HolidayBase

log = logging.getLogger(__name__)

_SATURDAY = 5
_FIRST_YEAR, _LAST_YEAR = 1990, 2100  # every accepted time lies between them
_MAX_YEARS = 4  # of one request: no order is open for longer
_MAX_CACHED = 1024  # years of a place, and answers


class PublicHolidays:
    """The port `Calendars`. A year of a place is computed once, in a thread, because the first one loads the library."""

    def __init__(self) -> None:
        self._year = lru_cache(_MAX_CACHED)(_year)
        self._cache: dict[tuple[str, str, int, int], OffDays] = {}

    async def closed(self, country: str, region: str, first: date, last: date) -> OffDays:
        """See the port. The answer covers whole years, at most four."""
        since = min(max(first.year, _FIRST_YEAR), _LAST_YEAR)
        until = min(max(last.year, since), since + _MAX_YEARS - 1, _LAST_YEAR)
        key = country, region, since, until
        if key not in self._cache:
            years = range(since, until + 1)
            found = await asyncio.to_thread(
                lambda: _joined(self._year(country, region, year) for year in years)
            )
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[key] = found
        return self._cache[key]


def _joined(years: Iterable[OffDays]) -> OffDays:
    parts = [*years]
    return OffDays(
        weekend=frozenset().union(*(year.weekend for year in parts)),
        holidays=frozenset().union(*(year.holidays for year in parts)),
    )


def _year(country: str, region: str, year: int) -> OffDays:
    calendar = _calendar(country, region, year)
    days = [date(year, 1, 1) + timedelta(days=passed) for passed in range(366)]
    days = [day for day in days if day.year == year]
    if calendar is None:
        return OffDays(weekend=frozenset(day for day in days if day.weekday() >= _SATURDAY))
    return OffDays(
        weekend=frozenset(
            day for day in days if calendar.is_weekend(day) and not calendar.is_working_day(day)
        ),
        holidays=frozenset(day for day in days if day in calendar),
    )


def _calendar(country: str, region: str, year: int) -> "HolidayBase | None":
    """That year's calendar: the region's, or the country's for an unknown region; None for an unknown country."""
    import holidays  # takes half a second, so not before the first use

    for place in (region or None, None):
        try:
            return holidays.country_holidays(country, subdiv=place, years=year, expand=False)
        except NotImplementedError:  # the library has no such country or region
            log.info("no calendar: country=%s region=%s", country, place or "")
    return None
