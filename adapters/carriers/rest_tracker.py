"""Polling over a REST API that lists an account's trackers and creates one for a new number."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from adapters import untrusted_json
from adapters.carriers.tracker_client import TrackerHttpClient, sandbox_headers
from domain.model import tracking_number
from domain.tracking.polling import PollRequest
from ports.carriers import ReportedParcel
from ports.inbound_webhooks import InvalidPayload
from ports.trackers import CarrierAccount, Found, NotFound, RetryLater, TrackerReply


class RestTracker(ABC):
    """Searches the account's trackers for the parcel; a number that the service has never had is added to them."""

    def __init__(self, http: TrackerHttpClient) -> None:
        self._http = http

    async def poll(self, account: CarrierAccount, request: PollRequest, now: datetime) -> TrackerReply:
        """See the port `Tracker`."""
        url, headers = self.url(account), {**self.headers(account), **sandbox_headers(request, now)}
        listed = await self._http.request("GET", url, headers=headers, params=self.search(request))
        if not isinstance(listed, bytes):
            return listed
        try:
            if trackers := self.listed(untrusted_json.parse(listed)):
                return self._reply_for(trackers[0], request, now)
            if request.found_before:
                return NotFound()
            created = await self._http.request("POST", url, headers=headers, json=self.new_tracker(request))
            if not isinstance(created, bytes):
                return created
            return self._reply_for(self.created(untrusted_json.parse(created)), request, now)
        except (InvalidPayload, ValidationError):
            return RetryLater(reason="unreadable")

    def _reply_for(self, tracker: object, request: PollRequest, now: datetime) -> TrackerReply:
        parcel = self.read(tracker, now)
        if not tracking_number.same(parcel.tracking_number, request.tracking_number):
            return RetryLater(reason="another number")
        return Found(parcel=parcel)

    @abstractmethod
    def url(self, account: CarrierAccount) -> str:
        """The address of the account's trackers."""

    @abstractmethod
    def headers(self, account: CarrierAccount) -> dict[str, str]:
        """The headers that authorize a call."""

    @abstractmethod
    def search(self, request: PollRequest) -> dict[str, str]:
        """Query parameters that select the parcel's trackers."""

    @abstractmethod
    def new_tracker(self, request: PollRequest) -> dict[str, Any]:
        """The JSON body that creates a tracker for the parcel."""

    @abstractmethod
    def listed(self, content: object) -> list[object]:
        """The trackers in a list response, the parcel's first. Raises ValidationError."""

    @abstractmethod
    def created(self, content: object) -> object:
        """The tracker in the response to its creation. Raises ValidationError."""

    @abstractmethod
    def read(self, tracker: object, now: datetime) -> ReportedParcel:
        """A tracker as an update of its parcel. Raises InvalidPayload."""
