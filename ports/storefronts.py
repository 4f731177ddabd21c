"""How a storefront speaks of its orders: a signed message that becomes a sale, shipments and refunds in our words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from domain.base import Frozen
from domain.clock import StatedInstant
from domain.model.order import Destination, Identifier, Label, Locale, MerchantOrderId, OrderLine, Tender
from domain.model.shipment import ExternalRefund, Shipment
from domain.money import Currency, Money


class Buyer(Frozen):
    """Who bought it, in clear: sealed before anything is written. `email` is empty where the storefront has none."""

    customer_id: Identifier
    name: Label
    email: Annotated[str, Field(max_length=254)]
    locale: Locale | None = None
    phone: str | None = None


class Sale(Frozen):
    """A paid order as a journey starts with it. `number`: what the customer knows it by.

    `zone_guessed`: the country has several time zones and the address does not say which.
    """

    order_id: MerchantOrderId
    number: Label = ""
    placed_at: StatedInstant
    currency: Currency
    buyer: Buyer
    destination: Destination
    service: str | None = None
    zone_guessed: bool = False
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    shipping: Money
    tenders: Annotated[tuple[Tender, ...], Field(max_length=10)]


class StorefrontMessage(Frozen):
    """What one message says of one order.

    `sale`: the order itself, if the message can start one. Else `waits` says why it starts none yet and need not worry
    anybody, or `wrong` why it cannot be one.
    """

    order_id: MerchantOrderId
    sale: Sale | None = None
    not_yet: str = ""
    invalid: str = ""
    shipments: tuple[Shipment, ...] = ()
    refunds: tuple[ExternalRefund, ...] = ()
    cancelled: bool = False


class StorefrontDelivery(Frozen):
    """Which delivery it is: `delivery` names the message, `event` what made the storefront send it, where it says so.

    The same event may come in several deliveries. `topic`: what the message is about, in the storefront's word.
    """

    delivery_id: str
    event_id: str | None
    topic: str


class StorefrontSource(Protocol):
    name: str

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str], account: str | None
    ) -> StorefrontDelivery:
        """Which delivery it is, when a secret signed exactly these bytes; raises Forged (also when there is no secret).

        `account`: the merchant's own name at the storefront; a message of another is Forged. None: any is taken.
        """

    def read(self, topic: str, body: bytes, now: datetime) -> StorefrontMessage | None:
        """What it says; None for topics we do not follow. Raises Unreadable. `now`: when we got it."""
