"""Calendars: the days on which carriers and warehouses of a place do not work."""

from datetime import date
from typing import Protocol

from domain.calendars import OffDays


class Calendars(Protocol):
    async def closed(self, country: str, region: str, first: date, last: date) -> OffDays:
        """Weekend days and public holidays of that country and region, at least from `first` to `last`.

        `country`: ISO 3166-1, two letters; `region`: ISO 3166-2 without the country, empty for none. An unknown region
        has the country's holidays, an unknown country only Saturdays and Sundays. Never raises for either.
        """
