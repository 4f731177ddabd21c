"""What becomes of a delivery in the inbox once a handler has applied it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from store.inbox.inbox import InboundDelivery
from store.inbox.tracking_numbers import ParcelLookup

_LISTED = 5  # unread parts that a reason names


@dataclass(frozen=True)
class DeliveryDone:
    """All of it is applied. `reason`: a part that was refused."""

    reason: str = ""


@dataclass(frozen=True)
class DeliveryPartly:
    """What could be read of it is applied. `reason`: the parts that could not, each by field and problem, without its value.

    People see it as `partly` and may have it applied again, as one that is dead.
    """

    reason: str


@dataclass(frozen=True)
class DeliveryIgnored:
    """It changes nothing. `followed`: it is of a kind that we read, so its body is kept, and it can be replayed."""

    reason: str
    followed: bool = True


@dataclass(frozen=True)
class DeliveryDead:
    """It can never be applied: a dead letter, listed with its reason."""

    reason: str


@dataclass(frozen=True)
class ParkedForParcels:
    """It waits until one of these parcels is registered. `unread`: what of it could not be read."""

    parcels: frozenset[ParcelLookup]
    unread: str = ""


@dataclass(frozen=True)
class ParkedForOrder:
    """It waits until the merchant's order is placed. `order_id`: the merchant's own id."""

    order_id: str


@dataclass(frozen=True)
class ParkedForPayments:
    """It waits until an order has one of these payments, by the provider's ids."""

    payments: frozenset[str]


@dataclass(frozen=True)
class AppliedLater:
    """It cannot be judged yet, and is tried again soon."""

    reason: str


@dataclass(frozen=True)
class ParkedWhilePaused:
    """It would begin an order, and its merchant is paused: it waits until the merchant is resumed."""


Outcome = (
    DeliveryDone
    | DeliveryPartly
    | DeliveryIgnored
    | DeliveryDead
    | ParkedForParcels
    | ParkedForOrder
    | ParkedForPayments
    | AppliedLater
    | ParkedWhilePaused
)


def applied(unread: Sequence[str], refusal: str = "") -> DeliveryDone | DeliveryPartly:
    """All that could be read is applied. `unread`: the parts that could not. `refusal`: what was read and could not be done."""
    if not unread:
        return DeliveryDone(refusal)
    more = [f"and {len(unread) - _LISTED} more"] if len(unread) > _LISTED else []
    return DeliveryPartly("; ".join([*filter(None, [refusal]), *unread[:_LISTED], *more]))


class InboundHandler(Protocol):
    """Applies the deliveries of one source."""

    async def apply(self, delivery: InboundDelivery) -> Outcome:
        """Apply one delivery; applying it twice has the effect of once.

        Raises InvalidPayload for a body that cannot be read, and JourneyUnavailable where Temporal gives no answer.
        """
