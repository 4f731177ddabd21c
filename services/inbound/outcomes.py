"""What becomes of a delivery in the inbox once a handler has applied it."""

from dataclasses import dataclass
from typing import Protocol

from store.inbox.tracking_numbers import ParcelLookup
from store.tables.all import InboxRow


@dataclass(frozen=True)
class DeliveryDone:
    """All of it is applied. `reason`: a part that was refused."""

    reason: str = ""


@dataclass(frozen=True)
class DeliveryIgnored:
    """It is not about anything that we follow."""

    reason: str


@dataclass(frozen=True)
class DeliveryDead:
    """It can never be applied: a dead letter, listed with its reason."""

    reason: str


@dataclass(frozen=True)
class ParkedForParcels:
    """It waits until one of these parcels is registered."""

    parcels: frozenset[ParcelLookup]


@dataclass(frozen=True)
class ParkedForOrder:
    """It waits until the merchant's order is placed. `order_id`: the merchant's own id."""

    order_id: str


Outcome = DeliveryDone | DeliveryIgnored | DeliveryDead | ParkedForParcels | ParkedForOrder


class InboundHandler(Protocol):
    """Applies the deliveries of one source."""

    async def apply(self, row: InboxRow) -> Outcome:
        """Apply one delivery; applying it twice has the effect of once.

        Raises InvalidPayload for a body that cannot be read, and JourneyUnavailable where Temporal gives no answer.
        """
