"""Asking carriers: their trackers, the accounts we ask by, and the parcels as they stand in the store."""

from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Field

from domain.base import Fact
from domain.looking import LookAsk, TrackerSource
from domain.parcels import Parcel
from ports.carriers import Report


class Account(Fact):
    """By what we ask for a merchant. `base`: another address than the source's own. `key`: never logged, never shown."""

    source: TrackerSource
    base: str = ""
    key: str = Field(repr=False)


class Seen(Fact):
    """The tracker knows the parcel and says this, perhaps nothing yet."""

    report: Report


class NotKnown(Fact):
    """The tracker does not know the parcel."""


class NotNow(Fact):
    """No answer of use this time. `after`: how long the carrier asks us to stay away, where it says so."""

    why: str
    after: timedelta | None = None


class BadKey(Fact):
    """The source refuses the account's key."""


Sighting = Seen | NotKnown | NotNow | BadKey


class Tracker(Protocol):
    async def look(self, account: Account, ask: LookAsk, now: datetime) -> Sighting:
        """Ask once about one parcel; whatever goes wrong on the way is an answer. `now`: business time."""


class Accounts(Protocol):
    async def account(self, merchant: str) -> Account | None:
        """By what we ask for that merchant; None when it has no such account."""

    async def take_turn(self, merchant: str, now: datetime) -> datetime | None:
        """Spend one call of the account's minute, shared by all workers; else the time at which the next minute begins."""

    async def note_refusal(self, merchant: str, at: datetime | None) -> None:
        """Keep since when the key is refused, for people to see; None once it is taken again."""


class Parcels(Protocol):
    async def watched(self, merchant: str, order: str, parcel: str) -> Parcel | None:
        """The parcel as written last; None when nobody needs to watch it any more."""
