"""EasyPost asked: its trackers over REST, read as its webhooks are."""

import base64
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters import untrusted_json
from adapters.carriers.easypost import read_tracker
from adapters.carriers.http import TrackerHttpClient, sandbox_headers
from domain.tracking.polling import PollRequest
from ports.inbound_webhooks import InvalidPayload
from ports.trackers import CarrierAccount, Found, NotFound, RetryLater, TrackerReply, Unauthorized

BASE_URL = "https://api.easypost.com"


class _TrackerList(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    trackers: Annotated[list[object], Field(max_length=100)]


class EasyPostTracker:
    """Looks a parcel up among the account's trackers; one that EasyPost was never told of is made a tracker first."""

    def __init__(self, http: TrackerHttpClient) -> None:
        self._http = http

    async def poll(self, account: CarrierAccount, request: PollRequest, now: datetime) -> TrackerReply:
        """See the port. The newest of several trackers of a number is the parcel's: carriers use numbers again."""
        key = base64.b64encode(f"{account.key}:".encode()).decode()
        headers = {"Authorization": f"Basic {key}", **sandbox_headers(request, now)}
        url = f"{account.base or BASE_URL}/v2/trackers"
        named = {"tracking_code": request.tracking_number, "carrier": request.carrier}
        found = await self._http.request("GET", url, headers=headers, params=named)
        if not isinstance(found, bytes):
            return found
        try:
            trackers = _TrackerList.model_validate(untrusted_json.parse(found)).trackers
            if trackers:
                return tracker_reply(trackers[0], request, now)
        except (InvalidPayload, ValidationError):
            return RetryLater(reason="unreadable")
        return NotFound() if request.found_before else await self._create_tracker(url, headers, request, now)

    async def _create_tracker(
        self, url: str, headers: dict[str, str], request: PollRequest, now: datetime
    ) -> TrackerReply:
        named = {"tracking_code": request.tracking_number, "carrier": request.carrier}
        made = await self._http.request("POST", url, headers=headers, json={"tracker": named})
        if isinstance(made, RetryLater | NotFound | Unauthorized):
            return made
        try:
            return tracker_reply(untrusted_json.parse(made), request, now)
        except InvalidPayload:
            return RetryLater(reason="unreadable")


def tracker_reply(tracker: object, request: PollRequest, now: datetime) -> TrackerReply:
    """What a tracker says, if it is that of the number we asked for. Raises Unreadable."""
    parcel = read_tracker(tracker, now)
    if parcel.tracking_number.casefold() != request.tracking_number.casefold():
        return RetryLater(reason="another number")
    return Found(parcel=parcel)
