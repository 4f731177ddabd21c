"""AfterShip asked: its trackings over REST."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.carriers import reading
from adapters.carriers.aftership import read_tracking
from adapters.carriers.asking import Http, sandbox_time
from domain.looking import LookAsk
from ports.carriers import Report, Unreadable
from ports.trackers import Account, BadKey, NotKnown, NotNow, Seen, Sighting

BASE = "https://api.aftership.com"
_VERSION = "2026-07"


class _Theirs(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Trackings(_Theirs):
    trackings: Annotated[list[object], Field(max_length=200)]


class _List(_Theirs):
    data: _Trackings


class _Made(_Theirs):
    data: object


class AfterShipTracker:
    """Looks a parcel up among the account's trackings; one that AfterShip was never told of is added first.

    `read`: what makes a tracking a report.
    """

    def __init__(self, http: Http, read: Callable[[object, datetime], Report] = read_tracking) -> None:
        self._http, self._read = http, read

    async def look(self, account: Account, ask: LookAsk, now: datetime) -> Sighting:
        """See the port. The carrier's slug is its name in lower case with dashes."""
        headers = {"as-api-key": account.key, **sandbox_time(ask, now)}
        url = f"{account.base or BASE}/tracking/{_VERSION}/trackings"
        slug = "-".join(ask.carrier.casefold().split())
        named = {"tracking_numbers": ask.tracking_number, "slug": slug}
        found = await self._http.ask("GET", url, headers=headers, params=named)
        if not isinstance(found, bytes):
            return found
        try:
            trackings = _List.model_validate(reading.parse(found)).data.trackings
            if trackings:
                return self._seen(trackings[0], ask, now)
            if ask.known:
                return NotKnown()
            made = await self._http.ask(
                "POST", url, headers=headers, json={"tracking_number": ask.tracking_number, "slug": slug}
            )
            if isinstance(made, NotNow | NotKnown | BadKey):
                return made
            return self._seen(_Made.model_validate(reading.parse(made)).data, ask, now)
        except (Unreadable, ValidationError):
            return NotNow(why="unreadable")

    def _seen(self, tracking: object, ask: LookAsk, now: datetime) -> Sighting:
        report = self._read(tracking, now)
        if report.tracking_number.casefold() != ask.tracking_number.casefold():
            return NotNow(why="another number")
        return Seen(report=report)
