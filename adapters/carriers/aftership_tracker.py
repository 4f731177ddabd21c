"""AfterShip asked: its trackings over REST."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters import untrusted_json
from adapters.carriers.aftership import read_tracking
from adapters.carriers.http import TrackerHttpClient, sandbox_headers
from domain.tracking.polling import PollRequest
from ports.carriers import ReportedParcel
from ports.inbound_webhooks import InvalidPayload
from ports.trackers import CarrierAccount, Found, NotFound, RetryLater, TrackerReply, Unauthorized

BASE_URL = "https://api.aftership.com"
_VERSION = "2026-07"


class _AfterShipApiModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Trackings(_AfterShipApiModel):
    trackings: Annotated[list[object], Field(max_length=200)]


class _TrackingList(_AfterShipApiModel):
    data: _Trackings


class _CreatedTracking(_AfterShipApiModel):
    data: object


class AfterShipTracker:
    """Looks a parcel up among the account's trackings; one that AfterShip was never told of is added first.

    `read`: what makes a tracking a report.
    """

    def __init__(
        self, http: TrackerHttpClient, read: Callable[[object, datetime], ReportedParcel] = read_tracking
    ) -> None:
        self._http, self._read = http, read

    async def poll(self, account: CarrierAccount, request: PollRequest, now: datetime) -> TrackerReply:
        """See the port. The carrier's slug is its name in lower case with dashes."""
        headers = {"as-api-key": account.key, **sandbox_headers(request, now)}
        url = f"{account.base or BASE_URL}/tracking/{_VERSION}/trackings"
        slug = "-".join(request.carrier.casefold().split())
        named = {"tracking_numbers": request.tracking_number, "slug": slug}
        found = await self._http.request("GET", url, headers=headers, params=named)
        if not isinstance(found, bytes):
            return found
        try:
            trackings = _TrackingList.model_validate(untrusted_json.parse(found)).data.trackings
            if trackings:
                return self._reply_for(trackings[0], request, now)
            if request.found_before:
                return NotFound()
            made = await self._http.request(
                "POST", url, headers=headers, json={"tracking_number": request.tracking_number, "slug": slug}
            )
            if isinstance(made, RetryLater | NotFound | Unauthorized):
                return made
            return self._reply_for(
                _CreatedTracking.model_validate(untrusted_json.parse(made)).data, request, now
            )
        except (InvalidPayload, ValidationError):
            return RetryLater(reason="unreadable")

    def _reply_for(self, tracking: object, request: PollRequest, now: datetime) -> TrackerReply:
        parcel = self._read(tracking, now)
        if parcel.tracking_number.casefold() != request.tracking_number.casefold():
            return RetryLater(reason="another number")
        return Found(parcel=parcel)
