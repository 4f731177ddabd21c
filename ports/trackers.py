"""Asking carriers: their trackers, the accounts we ask by, and the parcels as they stand in the store."""

from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Field

from domain.base import Frozen
from domain.model.parcel import Parcel
from domain.tracking.polling import PollRequest, TrackerSource
from ports.carriers import TrackingUpdate


class CarrierAccount(Frozen):
    """By what we ask for a merchant. `base`: another address than the source's own. `key`: never logged, never shown."""

    source: TrackerSource
    base: str = ""
    key: str = Field(repr=False)


class Found(Frozen):
    """The tracker knows the parcel and says this, perhaps nothing yet."""

    update: TrackingUpdate


class NotFound(Frozen):
    """The tracker does not know the parcel."""


class RetryLater(Frozen):
    """No answer of use this time. `after`: how long the carrier asks us to stay away, where it says so."""

    reason: str
    retry_after: timedelta | None = None


class Unauthorized(Frozen):
    """The source refuses the account's key."""


TrackerReply = Found | NotFound | RetryLater | Unauthorized


class Tracker(Protocol):
    async def poll(self, account: CarrierAccount, request: PollRequest, now: datetime) -> TrackerReply:
        """Ask once about one parcel; whatever goes wrong on the way is an answer. `now`: business time."""


class CarrierAccounts(Protocol):
    async def account(self, merchant: str) -> CarrierAccount | None:
        """By what we ask for that merchant; None when it has no such account."""

    async def acquire_call(self, merchant: str, now: datetime) -> datetime | None:
        """Spend one call of the account's minute, shared by all workers; else the time at which the next minute begins."""

    async def record_unauthorized(self, merchant: str, at: datetime | None) -> None:
        """Keep since when the key is refused, for people to see; None once it is taken again."""


class PolledParcels(Protocol):
    async def find_active(self, merchant: str, order: str, parcel: str) -> Parcel | None:
        """The parcel as written last; None when nobody needs to watch it any more."""
