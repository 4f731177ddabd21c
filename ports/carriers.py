"""How an outside party reports on parcels: a signed body that becomes reports in our words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from domain.base import Frozen
from domain.model.estimate import Estimate
from domain.model.scan import Scan


class TrackingUpdate(Frozen):
    """What one message says of one parcel. `shipped_on` guards against recycled numbers where the carrier tells it.

    `unlisted`: how many of its scans have a word that the source's vocabulary does not list; they are counted (S-9).
    """

    carrier: str
    tracking_number: str
    shipped_on: date | None = None
    scans: tuple[Scan, ...] = ()
    estimate: Estimate | None = None
    unlisted: int = 0


class InvalidPayload(ValueError):
    """The body is signed but not of the source's documented form."""


class InvalidSignature(Exception):
    """No valid signature over these bytes for any configured secret."""


class CarrierSource(Protocol):
    name: str

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """The delivery's id when a secret signed exactly these bytes; raises Forged (also when there is no secret).

        `headers` is case-insensitive. `now` is real time, for sources that sign a timestamp.
        """

    def read(self, body: bytes, now: datetime) -> list[TrackingUpdate]:
        """Reports in the body, empty for messages that are not about parcels. Raises Unreadable.

        `now` is when we got it: stands in for a missing estimate time only, never for a scan's own time.
        """
