"""Port: a carrier's webhooks. A source verifies the signature of a body and reads the body as updates of parcels."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple, Protocol

from domain.model.tracking_update import TrackingUpdate


class ReportedParcel(NamedTuple):
    """One parcel as a carrier names it, and its update.

    shipped_on: the ship date, where the carrier states it; it distinguishes two parcels with the same number.
    unlisted: number of scans whose code is not in the source's vocabulary; a metric counts them (S-9).
    """

    carrier: str
    tracking_number: str
    update: TrackingUpdate
    shipped_on: date | None = None
    unlisted: int = 0


class CarrierMessage(NamedTuple):
    """A webhook body as read.

    parcels: empty for a message that is not about parcels.
    unread: parts of it that could not be read, by field and problem, without their values.
    """

    parcels: tuple[ReportedParcel, ...] = ()
    unread: tuple[str, ...] = ()


class CarrierSource(Protocol):
    """One kind of sender. `name` is its name in the webhook's path."""

    name: str

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """The delivery's id. Raises InvalidSignature unless one of the secrets signed exactly these bytes.

        The id is the one that a header or the body states, else the body's hash: a body that cannot be read has one too.
        headers: case-insensitive.
        now: real time, for sources that sign a timestamp.
        """

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        """Parse a verified body. Raises InvalidPayload.

        now: when the webhook was received. It stands in for a missing time of an estimate, never for the time of a scan.
        """
