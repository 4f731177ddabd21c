"""Port: a storefront's webhooks. A message becomes a sale, shipments, refunds or a cancellation of one order."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from domain.base import Frozen
from domain.clock import StatedInstant
from domain.model.order import Destination, Identifier, Label, Locale, MerchantOrderId, OrderLine, Tender
from domain.model.shipment import ExternalRefund, Shipment
from domain.money import Currency, Money


class Buyer(Frozen):
    """The buyer in clear text, sealed before it is stored. email: empty where the storefront has none."""

    customer_id: Identifier
    name: Label
    email: Annotated[str, Field(max_length=254)]
    locale: Locale | None = None
    phone: str | None = None


class Sale(Frozen):
    """A paid order, complete enough to start its journey.

    number: the order's number as the customer knows it.
    channel, tier: see `Order`.
    changed_at: when the storefront last changed the order, if it says so.
    guessed_tenders, included_refunds, storefront: see `Order`.
    is_certain: the storefront states what is left of the order after edits, so a larger amount was paid later.
    """

    order_id: MerchantOrderId
    number: Label = ""
    placed_at: StatedInstant
    changed_at: StatedInstant | None = None
    currency: Currency
    buyer: Buyer
    destination: Destination
    service: str | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    shipping: Money
    tip: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    shipping_tax: Money | None = None
    tenders: Annotated[tuple[Tender, ...], Field(max_length=10)]
    guessed_tenders: Annotated[tuple[Identifier, ...], Field(max_length=10)] = ()
    included_refunds: Annotated[tuple[Identifier, ...], Field(max_length=200)] = ()
    storefront: str = ""
    is_certain: bool = False
    channel: Label = ""
    tier: Label = ""


class StorefrontMessage(Frozen):
    """What one message states about one order.

    sale: the order itself, if the message can start its journey.
    not_yet: why it does not start one yet, which is no error.
    invalid: why it cannot start one.
    unread: parts of it that could not be read, by field and problem, without their values; the others are applied.
    """

    order_id: MerchantOrderId
    sale: Sale | None = None
    not_yet: str = ""
    invalid: str = ""
    shipments: tuple[Shipment, ...] = ()
    refunds: tuple[ExternalRefund, ...] = ()
    cancelled: bool = False
    unread: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing, whatever is known of its order."""
        return not (self.sale or self.shipments or self.refunds or self.cancelled or self.unread)


class StorefrontDelivery(Frozen):
    """The ids of one webhook call.

    delivery_id: of the message.
    event_id: of the event that the message was sent for, where the storefront states it; several messages may have the same.
    topic: what the message is about, in the storefront's spelling.
    """

    delivery_id: str
    event_id: str | None
    topic: str


class StorefrontSource(Protocol):
    """One kind of storefront. `name` is its name in the webhook's path."""

    name: str

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str], account: str | None
    ) -> StorefrontDelivery:
        """The call's ids. Raises InvalidSignature unless one of the secrets signed exactly these bytes.

        account: the merchant's own name at the storefront; a call for another is refused. None: any is accepted.
        """

    def is_ping(self, body: bytes) -> bool:
        """Whether the body is what the storefront sends unsigned to try an address. It is answered, and has no effect."""

    def follows(self, topic: str) -> bool:
        """Whether messages of that topic are read; the bodies of others are not kept. A missing topic is unreadable, and kept."""

    def read(self, topic: str, body: bytes, now: datetime) -> StorefrontMessage | None:
        """Parse a verified body; None for topics that are not followed. Raises InvalidPayload.

        now: when the webhook was received.
        """


class PolledOrder(Frozen):
    """What the storefront has of an order now. body: what a webhook of the topic would bring, and what only a list has.

    order_id: the order, where the body is a part of it, such as one refund; empty for a whole order.
    """

    topic: str
    body: bytes
    order_id: str = ""


class StorefrontPoll(Protocol):
    """What the webhooks of one kind of storefront did not bring. Each method raises `OutcomeUnknown` of `ports.payments`."""

    name: str

    def changed_orders(self, merchant: str, since: datetime) -> AsyncIterator[PolledOrder]:
        """The merchant's orders that were changed since then."""

    async def switch_on(self, merchant: str, path: str) -> Sequence[str]:
        """Switch on the webhooks whose address ends with that path, where the storefront has switched them off; their topics."""
