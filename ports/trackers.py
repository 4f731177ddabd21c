"""Port: carriers' trackers, polled about one parcel at a time, and the merchants' accounts there."""

from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Field

from domain.base import Frozen
from domain.model.state import JourneyState
from domain.tracking.polling import PollRequest, TrackerSource
from ports.carriers import ReportedParcel


class CarrierAccount(Frozen):
    """A merchant's account at a tracking service.

    base: an address to use instead of the service's own.
    key: never logged, never shown.
    """

    source: TrackerSource
    base: str = ""
    key: str = Field(repr=False)


class Found(Frozen):
    """The tracker knows the parcel. It may have no scan of it yet."""

    parcel: ReportedParcel


class NotFound(Frozen):
    """The tracker does not know the parcel."""


class RetryLater(Frozen):
    """No usable answer this time. `retry_after`: the wait that the tracker requests, where it states one."""

    reason: str
    retry_after: timedelta | None = None


class Unauthorized(Frozen):
    """The service refuses the account's key."""


TrackerReply = Found | NotFound | RetryLater | Unauthorized


class Tracker(Protocol):
    """A tracking service's API."""

    async def poll(self, account: CarrierAccount, request: PollRequest, now: datetime) -> TrackerReply:
        """Poll once about one parcel. Every failure is a reply, not an exception. now: business time."""


class CarrierAccounts(Protocol):
    """The merchants' accounts, each with a number of calls that it may make in a minute."""

    async def account(self, merchant: str) -> CarrierAccount | None:
        """The merchant's account; None when it has none."""

    async def acquire_call(self, merchant: str, now: datetime) -> datetime | None:
        """Take one call from the current minute, which all workers share. With none left, the time the next minute begins."""

    async def record_unauthorized(self, merchant: str, at: datetime | None) -> None:
        """Keep since when the key has been refused, to show to the merchant's staff; None once it is accepted again."""


class PolledOrders(Protocol):
    """The orders whose parcels are polled, as their latest snapshots have them."""

    async def find_active(self, merchant: str, order: str, parcel: str) -> JourneyState | None:
        """The state of the order; None when this parcel is not polled any more."""
