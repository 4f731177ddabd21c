"""EasyPost asked: its trackers over REST, read as its webhooks are."""

import base64
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.carriers import reading
from adapters.carriers.asking import Http, sandbox_time
from adapters.carriers.easypost import read_tracker
from domain.looking import LookAsk
from ports.carriers import Unreadable
from ports.trackers import Account, BadKey, NotKnown, NotNow, Seen, Sighting

BASE = "https://api.easypost.com"


class _List(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    trackers: Annotated[list[object], Field(max_length=100)]


class EasyPostTracker:
    """Looks a parcel up among the account's trackers; one that EasyPost was never told of is made a tracker first."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def look(self, account: Account, ask: LookAsk, now: datetime) -> Sighting:
        """See the port. The newest of several trackers of a number is the parcel's: carriers use numbers again."""
        key = base64.b64encode(f"{account.key}:".encode()).decode()
        headers = {"Authorization": f"Basic {key}", **sandbox_time(ask, now)}
        url = f"{account.base or BASE}/v2/trackers"
        named = {"tracking_code": ask.tracking_number, "carrier": ask.carrier}
        found = await self._http.ask("GET", url, headers=headers, params=named)
        if not isinstance(found, bytes):
            return found
        try:
            trackers = _List.model_validate(reading.parse(found)).trackers
            if trackers:
                return seen(trackers[0], ask, now)
        except (Unreadable, ValidationError):
            return NotNow(why="unreadable")
        return NotKnown() if ask.known else await self._begin(url, headers, ask, now)

    async def _begin(self, url: str, headers: dict[str, str], ask: LookAsk, now: datetime) -> Sighting:
        named = {"tracking_code": ask.tracking_number, "carrier": ask.carrier}
        made = await self._http.ask("POST", url, headers=headers, json={"tracker": named})
        if isinstance(made, NotNow | NotKnown | BadKey):
            return made
        try:
            return seen(reading.parse(made), ask, now)
        except Unreadable:
            return NotNow(why="unreadable")


def seen(tracker: object, ask: LookAsk, now: datetime) -> Sighting:
    """What a tracker says, if it is that of the number we asked for. Raises Unreadable."""
    report = read_tracker(tracker, now)
    if report.tracking_number.casefold() != ask.tracking_number.casefold():
        return NotNow(why="another number")
    return Seen(report=report)
