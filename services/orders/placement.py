"""Placing an order: the one way in which an order comes to us, from the API and from storefronts alike."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from domain.actors import Actor
from domain.model.order import Destination, Order, SealedCustomer
from domain.model.promise import Promise
from domain.orders.promise_calendar import NoPromiseReason
from failpoints.points import hit
from ports.places import Places
from ports.storefronts import Sale
from services.ids import new_order_id
from services.journeys import Journeys, JourneyUnavailable
from services.metrics import time_command
from services.orders.delivery_promise import CalculatedPromise, PromiseCalculator
from services.orders.payment_holders import PaymentHolders, UnknownProvider
from services.orders.search import terms_of_sale
from services.orders.sent_order import SentOrder, sent_order
from services.started_orders import StartedOrders
from services.tokens import TokenSigner
from store.audit import AuditLine
from store.merchants.clock import Clocks
from store.notifications.preferences import Preferences
from store.orders.orders import BesideOrder, Orders, PlaceOrderResult
from store.orders.snapshots import Snapshot
from store.privacy.vault import Vault

log = logging.getLogger(__name__)
_CLOCKS_DIFFER = timedelta(days=1)  # a shop's clock or zone may be wrong by this much


@dataclass(frozen=True)
class Placement:
    """The outcome of an order that was sent to us.

    outcome: new, or the same as before; placed_in_the_future: more than a day after the merchant's clock; conflict: the
        merchant's order id is another order's; payment_taken: one of its payments paid for another order;
        merchant_paused: nothing new starts there;
        unknown_provider: see `UnknownProvider`; else why no promise can be
        made for it.
    order: our id; empty where there is none.
    differs: of a conflict, the parts that differ, as JSON pointers; none where the first one came by another way.
    first: the snapshot of a new order.
    """

    outcome: (
        Literal[
            "new",
            "duplicate",
            "conflict",
            "payment_taken",
            "merchant_paused",
            "unknown_provider",
            "placed_in_the_future",
        ]
        | NoPromiseReason
    )
    order: str = ""
    differs: tuple[str, ...] = ()
    first: Snapshot | None = None


@dataclass(frozen=True)
class OrderPlacement:
    """Takes sales in. The journey is started by the caller or, where that fails, by housekeeping.

    holders: which provider holds the payments of a sale.
    """

    orders: Orders
    vault: Vault
    preferences: Preferences
    promises: PromiseCalculator
    journeys: Journeys
    started: StartedOrders
    tokens: TokenSigner
    clocks: Clocks
    places: Places
    holders: PaymentHolders

    def destination(self, country: str, region: str, postcode: str, zone: str | None) -> Destination | None:
        """The place of delivery, in the zone that the address says or likely lies in; None for what is no country.

        `zone`: if the shop knows it.
        """
        known, match = self.places.country(country), self.places.zone(country, region, postcode)
        if known is None or match is None:
            return None
        return Destination(
            country=known,
            region=region,
            zone=zone or match.zone,
            postcode=postcode,
            zone_guessed=zone is None and match.guessed,
        )

    async def accept(
        self, merchant: str, sale: Sale, given: Promise | None, parts: Mapping[str, str], actor: Actor
    ) -> Placement:
        """Write the order of a merchant's own system; its promise is `given` or, without one, calculated.

        `parts`: what was sent in one canonical form, so that another body under the same order id is a conflict. A conflict
        is found before a key is made for a person who has no order here.
        """
        sent = sent_order(parts, self.tokens, actor)
        existing = await self.orders.find(merchant, sale.order_id)
        if existing is not None and existing.order_id == sale.order_id:
            if existing.body_hash == sent.body_hash:
                return Placement("duplicate", existing.id)
            return Placement("conflict", existing.id, sent.differences(existing.sent_parts))
        if sale.placed_at > await self.clocks.business_now(merchant) + _CLOCKS_DIFFER:
            return Placement("placed_in_the_future")
        try:
            tenders = await self.holders.hold(merchant, sale.tenders)
        except UnknownProvider:
            return Placement("unknown_provider")
        promise = await self.promises.calculate(
            merchant, sale.service, sale.placed_at, sale.destination, given
        )
        if not isinstance(promise, CalculatedPromise):
            return Placement(promise)
        placed = await self.place(merchant, sale.model_copy(update={"tenders": tenders}), promise, sent)
        return Placement(placed.outcome, placed.order, sent.differences(placed.sent_parts), placed.first)

    async def start(self, merchant: str, order: str, first: Snapshot | None = None) -> None:
        """Have the order's journey running. `first`: the snapshot of a new order.

        Where Temporal does not answer, the order is placed all the same, and housekeeping starts it.
        """
        with time_command("PlaceOrder") as timer:
            try:
                await self.journeys.start(merchant, order, first.state if first else None)
            except JourneyUnavailable:
                log.warning("the journey of order %s is not started yet: Temporal does not answer", order)
                return
            timer.outcome = "accepted"
        hit("order.started")
        self.started.remember(order)

    async def place(
        self, merchant: str, sale: Sale, promise: CalculatedPromise, sent: SentOrder
    ) -> PlaceOrderResult:
        """Write the order with that promise, once per merchant and order id. A zone that is a guess is in the audit log.

        The sale's tenders name their providers.
        """
        order = await self._sealed(merchant, sale, promise.promise)
        terms = await self.vault.blind(merchant, terms_of_sale(sale))
        guess = None
        if order.destination.zone_guessed:
            details = {"country": order.destination.country, "zone": order.destination.zone}
            at = await self.clocks.business_now(merchant)
            guess = AuditLine(sent.actor, "zone_guessed", at, order=order.order, details=details)
        beside = BesideOrder(promise.basis, sent.parts, terms, guess)
        return await self.orders.place(order, sent.body_hash, beside)

    async def _sealed(self, merchant: str, sale: Sale, promise: Promise) -> Order:
        """The order as it is stored: the buyer is sealed with a key of their own."""
        buyer = sale.buyer
        customer = self.vault.customer_of(merchant, buyer.customer_id)
        if buyer.phone is not None:
            phone = self.vault.phone_pseudonym(merchant, buyer.phone)
            await self.preferences.record_phone(merchant, phone, customer)
        return Order(
            merchant=merchant,
            order=new_order_id(),
            order_id=sale.order_id,
            placed_at=sale.placed_at,
            currency=sale.currency,
            customer=SealedCustomer(
                customer=customer,
                name=await self.vault.seal(merchant, customer, buyer.name),
                email=await self.vault.seal(merchant, customer, buyer.email),
                locale=buyer.locale or "en",
                phone=await self.vault.seal(merchant, customer, buyer.phone) if buyer.phone else None,
            ),
            destination=sale.destination,
            promise=promise,
            service=sale.service,
            lines=sale.lines,
            shipping=sale.shipping,
            tip=sale.tip,
            discount=sale.discount,
            tax=sale.tax,
            shipping_tax=sale.shipping_tax,
            tenders=sale.tenders,
            number=sale.number,
            guessed_tenders=sale.guessed_tenders,
            included_refunds=sale.included_refunds,
            storefront=sale.storefront,
            channel=sale.channel,
            tier=sale.tier,
        )
