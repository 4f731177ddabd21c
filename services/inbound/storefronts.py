"""Deliveries of storefronts: each places its order, or reports shipments, refunds and cancellations to the order's journey."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain import keys
from domain.actors import Actor, Role
from domain.model.extension import OrderExtended
from domain.model.order import Order
from domain.model.order_totals import inconsistencies
from domain.model.shipment import ExternalRefund, FulfilmentUpdate
from domain.model.state import JourneyState
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.destination import DestinationChanged
from domain.payments.seen_twice import may_be_under_way
from ports.storefronts import Sale, StorefrontMessage, StorefrontSource
from services.inbound.outcomes import (
    DeliveryDead,
    DeliveryIgnored,
    Outcome,
    ParkedForOrder,
    ParkedWhilePaused,
    applied,
)
from services.inbound.reading import read_body
from services.inbound.storefront_edits import extension_of
from services.inbound.unanswered_refunds import waits_for_answer
from services.journeys import Journeys
from services.orders.delivery_promise import CalculatedPromise
from services.orders.placement import OrderPlacement
from services.orders.sent_order import SentOrder
from store.audit import AuditLine, AuditLog
from store.inbox.inbox import InboundDelivery
from store.merchants.clock import Clocks
from store.orders.snapshots import SnapshotStore
from store.tables.all import OrderRow

# An older order starts no journey: notices about its delays would come too late.
MAX_ORDER_AGE = timedelta(days=60)
NOT_FOLLOWED = "not a topic we follow"
_PAYMENT_REUSED = "one of its payments paid for another order"
_NOT_ADDED = {
    "not_possible": "what was added to the order cannot be a part of it",
    "order_cancelled": "something was added to an order that is cancelled here",
    "payment_taken": f"what was added to the order: {_PAYMENT_REUSED}",
}


@dataclass(frozen=True)
class StorefrontHandler:
    """Applies the deliveries of one storefront source, twice with the effect of once and in any order."""

    source: StorefrontSource
    placement: OrderPlacement
    journeys: Journeys
    clocks: Clocks
    audit: AuditLog
    snapshots: SnapshotStore

    async def apply(self, delivery: InboundDelivery) -> Outcome:
        """Place the order where the message can start one, then report shipments, refunds and a cancellation to its journey."""
        message = await read_body(
            delivery.size, self.source.read, delivery.topic, delivery.body, delivery.business_received_at
        )
        if message is None:
            return DeliveryIgnored(NOT_FOLLOWED, followed=False)
        if message.not_yet and message.is_empty:
            return DeliveryIgnored(message.not_yet)
        order = await self.placement.orders.find(delivery.merchant, message.order_id)
        if order is None and message.sale is not None:
            if delivery.business_received_at - message.sale.placed_at > MAX_ORDER_AGE:
                return DeliveryIgnored(f"placed more than {MAX_ORDER_AGE.days} days ago")
            problem = await self._place_order(delivery, message.sale)
            if problem is not None:
                return problem
            order = await self.placement.orders.find(delivery.merchant, message.order_id)
        if order is not None:
            return await self._apply_to_order(delivery, order, message)
        if message.invalid:
            return DeliveryDead(message.invalid)
        return DeliveryIgnored(message.not_yet) if message.not_yet else ParkedForOrder(message.order_id)

    async def _place_order(self, delivery: InboundDelivery, sale: Sale) -> Outcome | None:
        """Place the order and start its journey; what becomes of the delivery where that is impossible."""
        found = inconsistencies(sale)
        if found:
            return DeliveryDead(", ".join(f"{problem.code} at {problem.pointer}" for problem in found))
        promise = await self._delivery_promise(delivery.merchant, sale)
        tenders = await self.placement.holders.hold(delivery.merchant, sale.tenders, delivery.source)
        held = sale.model_copy(update={"tenders": tenders, "storefront": delivery.source})
        sent = SentOrder(delivery.body_hash, _actor(delivery))
        placed = await self.placement.place(delivery.merchant, held, promise, sent)
        if placed.outcome == "payment_taken":
            return DeliveryDead(_PAYMENT_REUSED)
        if placed.outcome == "merchant_paused":
            return ParkedWhilePaused()
        await self.placement.start(delivery.merchant, placed.order, placed.first)
        return None

    async def _delivery_promise(self, merchant: str, sale: Sale) -> CalculatedPromise:
        """By the merchant's promise calendar; without one, the policy's number of days for storefront orders."""
        by_calendar = await self.placement.promises.calculate(
            merchant, sale.service, sale.placed_at, sale.destination
        )
        if isinstance(by_calendar, CalculatedPromise):
            return by_calendar
        return await self.placement.promises.calculate_for_storefront(
            merchant, sale.placed_at, sale.destination
        )

    async def _apply_to_order(
        self, delivery: InboundDelivery, order: OrderRow, message: StorefrontMessage
    ) -> Outcome:
        """Shipments and refunds before the cancellation, so that it does not pay again what is paid back already."""
        placed = Order.model_validate_json(order.body)
        refunds = [refund.in_currency(placed.currency) for refund in message.refunds]
        if refunds and await self._may_be_ours(delivery, order, refunds):
            return waits_for_answer(delivery)
        now = await self.clocks.get(delivery.merchant)
        left_out: list[str] = []
        if message.sale is not None and not message.cancelled:
            left_out = await self._extend_order(delivery, order, message.sale)
            await self._report_destination(delivery, order, message.sale)
        for shipment in message.shipments:
            update = FulfilmentUpdate(storefront=delivery.source, shipment=shipment, now=now)
            await self.journeys.signal(delivery.merchant, order.id, update)
        for refund in refunds:
            await self.journeys.signal(delivery.merchant, order.id, refund.model_copy(update={"now": now}))
        refusal = await self._cancel_order(delivery, order) if message.cancelled else ""
        if now is not None and (message.shipments or message.refunds):
            await self.journeys.wait_until_idle(delivery.merchant, order.id)
        unknown = (f"refund {one.refund}: its amount is unknown" for one in refunds if one.amount_unknown)
        return applied([*message.unread, *left_out, *unknown], refusal)

    async def _may_be_ours(
        self, delivery: InboundDelivery, order: OrderRow, refunds: Sequence[ExternalRefund]
    ) -> bool:
        """Whether a refund of that amount is under way from here to this storefront, and its answer is not written yet."""
        state = await self._state(delivery.merchant, order.id)
        return any(may_be_under_way(state, delivery.source, refund) for refund in refunds)

    async def _state(self, merchant: str, order: str) -> JourneyState:
        written = await self.snapshots.snapshot(merchant, order)
        assert written is not None, "an order is written together with its first snapshot"
        return written.state

    async def _report_destination(self, delivery: InboundDelivery, order: OrderRow, sale: Sale) -> None:
        """Report where the order goes, if that is another place than before; not of an order of the merchant's own system."""
        placed = Order.model_validate_json(order.body)
        own = not {line.line_id for line in placed.lines}.isdisjoint(line.line_id for line in sale.lines)
        if not own or sale.changed_at is None or sale.changed_at <= sale.placed_at:
            return
        known = (await self._state(delivery.merchant, order.id)).order
        if sale.destination == known.destination:
            return
        now = await self.clocks.get(delivery.merchant)
        event = DestinationChanged(
            storefront=delivery.source, destination=sale.destination, at=sale.changed_at, now=now
        )
        await self.journeys.signal(delivery.merchant, order.id, event)

    async def _extend_order(self, delivery: InboundDelivery, row: OrderRow, sale: Sale) -> list[str]:
        """Write what was added to the order, then report all of it to its journey. Returns what could not be added.

        The report is sent again with each later message about such an order: a crash after the first step loses nothing.
        """

        holder = await self.placement.holders.default(delivery.merchant, delivery.source)

        def added(order: Order) -> OrderExtended | None:
            return extension_of(order, sale, delivery.source, holder)

        if not row.extension and added(Order.model_validate_json(row.body)) is None:
            return []
        result = await self.placement.orders.extend(delivery.merchant, row.id, added)
        if result.refused is not None:
            return [_NOT_ADDED[result.refused]]
        if result.extension is not None:
            now = await self.clocks.get(delivery.merchant)
            event = result.extension.model_copy(update={"now": now})
            await self.journeys.signal(delivery.merchant, row.id, event)
        return []

    async def _cancel_order(self, delivery: InboundDelivery, order: OrderRow) -> str:
        """Cancel what has not shipped; the reason where nothing could be cancelled, else empty."""
        command = CancelOrder(
            command_id=keys.storefront_cancellation(delivery.source, order.id),
            actor=_actor(delivery),
            now=await self.clocks.get(delivery.merchant),
            rest=True,
        )
        result = await self.journeys.execute(delivery.merchant, order.id, command)
        codes = sorted({reason.code.value for reason in result.reasons})
        if result.verdict != "refused" or codes == ["order_cancelled"]:
            return ""
        details: dict[str, str | int] = {"reasons": ",".join(codes)}
        at = delivery.business_received_at
        line = AuditLine(command.actor, "refused:CancelOrder", at, order=order.id, details=details)
        await self.audit.write(delivery.merchant, line)
        return f"not cancelled: {', '.join(codes)}"


def _actor(delivery: InboundDelivery) -> Actor:
    return Actor(role=Role.STOREFRONT, name=delivery.source)
