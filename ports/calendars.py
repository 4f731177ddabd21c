"""Port: calendars, the days on which a country or region does not work."""

from datetime import date
from typing import Protocol

from domain.calendars import OffDays


class Calendars(Protocol):
    """Weekends and public holidays by place."""

    async def closed(self, country: str, region: str, first: date, last: date) -> OffDays:
        """Weekend days and public holidays of that country and region, at least from `first` to `last`.

        country: ISO 3166-1, two letters. An unknown country has Saturdays and Sundays off.
        region: ISO 3166-2 without the country; empty for none. An unknown region has the country's holidays.
        """
