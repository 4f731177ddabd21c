"""What storefronts told us goes to the journeys it is about, and starts those that have not begun."""

from collections.abc import Mapping
from datetime import timedelta

from domain import keys
from domain.actors import Actor, Role
from domain.model.order import Order, inconsistencies
from domain.model.shipment import ExternalRefund, FulfilmentUpdate
from domain.orders.commands.cancel_order import CancelOrder
from ports.carriers import InvalidPayload
from ports.storefronts import Sale, StorefrontMessage, StorefrontSource
from services.journeys import Journeys, JourneyUnavailable
from services.orders.delivery_promise import CalculatedPromise, PromiseCalculator
from services.orders.placement import OrderPlacement
from store.audit import AuditLine, AuditLog
from store.engine.database import Database
from store.inbox.inbox import Inbox
from store.merchants.clock import Clocks
from store.tables.all import InboxRow, OrderRow

MAX_ORDER_AGE = timedelta(
    days=60
)  # an order first heard of later is history, and nobody is told of its delays
_PAYMENT_REUSED = "one of its payments paid for another order"


class StorefrontInboxProcessor:
    """Works off a storefront's deliveries. All of it may be done twice, and in any order."""

    def __init__(
        self,
        db: Database,
        journeys: Journeys,
        sources: Mapping[str, StorefrontSource],
        placing: OrderPlacement,
        promising: PromiseCalculator,
    ) -> None:
        self._inbox, self._clocks, self._audit = Inbox(db), Clocks(db), AuditLog(db)
        self._journeys, self._sources = journeys, sources
        self._placing, self._promising = placing, promising

    def handles(self, row: InboxRow) -> bool:
        return row.source in self._sources

    async def apply(self, row: InboxRow, row_id: int) -> None:
        """Take the delivery in, or say in its row what becomes of it."""
        try:
            told = self._sources[row.source].read(row.topic, row.body, row.business_received_at)
        except InvalidPayload as problem:
            await self._inbox.dead_letter(row_id, str(problem))
            return
        if told is None:
            await self._inbox.mark_ignored(row_id, "not a topic we follow")
            return
        try:
            await self._process(row, row_id, told)
        except JourneyUnavailable:
            await self._inbox.retry_later(row_id, "temporal does not answer")

    async def _process(self, row: InboxRow, row_id: int, message: StorefrontMessage) -> None:
        order = await self._placing.orders.find(row.merchant, message.order_id)
        if order is None and message.sale is not None:
            if row.business_received_at - message.sale.placed_at > MAX_ORDER_AGE:
                await self._inbox.mark_ignored(row_id, f"placed more than {MAX_ORDER_AGE.days} days ago")
                return
            problem = await self._place_order(row, message.sale)
            if problem is not None:
                await self._inbox.dead_letter(row_id, problem)
                return
            order = await self._placing.orders.find(row.merchant, message.order_id)
        if order is not None:
            await self._signal_order(row, row_id, order, message)
        elif message.invalid:
            await self._inbox.dead_letter(row_id, message.invalid)
        elif message.not_yet:
            await self._inbox.mark_ignored(row_id, message.not_yet)
        else:
            await self._inbox.park_for_order(row_id, message.order_id)

    async def _place_order(self, row: InboxRow, sale: Sale) -> str | None:
        """Have the order there and its journey begun; why it cannot be, if it cannot."""
        found = inconsistencies(sale.currency, sale.lines, sale.shipping, sale.tenders)
        if found:
            return ", ".join(f"{code} at {where}" for code, where in found)
        promised = await self._delivery_promise(row.merchant, sale)
        placed = await self._placing.place(row.merchant, sale, promised, row.body_hash)
        if placed.outcome == "payment_taken":
            return _PAYMENT_REUSED
        if placed.outcome == "new" and sale.zone_guessed:
            facts: dict[str, str | int] = {
                "country": sale.destination.country,
                "zone": sale.destination.zone,
            }
            actor = _actor(row)
            at = row.business_received_at
            line = AuditLine(actor, "zone_guessed", at, order=placed.order, details=facts)
            await self._audit.write(row.merchant, line)
        await self._journeys.ensure_started(row.merchant, placed.order)
        return None

    async def _delivery_promise(self, merchant: str, sale: Sale) -> CalculatedPromise:
        """By the merchant's promise calendar; where the policy has none, its days for such orders."""
        by_calendar = await self._promising.calculate(
            merchant, sale.service, sale.placed_at, sale.destination
        )
        if isinstance(by_calendar, CalculatedPromise):
            return by_calendar
        return await self._promising.calculate_for_storefront(merchant, sale.placed_at, sale.destination)

    async def _signal_order(
        self, row: InboxRow, row_id: int, order: OrderRow, message: StorefrontMessage
    ) -> None:
        """Shipments and refunds before the cancellation: what was paid back already is not paid again by it."""
        currency = Order.model_validate_json(order.body).currency
        strange = [
            one.refund for one in message.refunds for part in one.parts if part.amount.currency != currency
        ]
        if strange:
            await self._inbox.dead_letter(
                row_id, f"refund {strange[0]} is in another currency than its order"
            )
            return
        now = await self._clocks.get(row.merchant)
        for shipment in message.shipments:
            fact = FulfilmentUpdate(storefront=row.source, shipment=shipment, now=now)
            await self._journeys.signal(row.merchant, order.id, fact)
        for refund in message.refunds:
            refunded = ExternalRefund.model_validate({**refund.model_dump(), "now": now})
            await self._journeys.signal(row.merchant, order.id, refunded)
        refused = await self._cancel_order(row, order) if message.cancelled else ""
        if now is not None and (message.shipments or message.refunds):
            await self._journeys.wait_until_idle(row.merchant, order.id)
        await self._inbox.mark_done(row_id, refused)

    async def _cancel_order(self, row: InboxRow, order: OrderRow) -> str:
        """Call off what has not left; why nothing could be, else empty."""
        ask = CancelOrder(
            command_id=keys.storefront_cancellation(row.source, order.id),
            actor=_actor(row),
            now=await self._clocks.get(row.merchant),
            rest=True,
        )
        answer = await self._journeys.execute(row.merchant, order.id, ask)
        codes = sorted({one.code.value for one in answer.reasons})
        if answer.verdict != "refused" or codes == ["order_cancelled"]:
            return ""
        facts: dict[str, str | int] = {"reasons": ",".join(codes)}
        at = row.business_received_at
        line = AuditLine(ask.actor, "refused:CancelOrder", at, order=order.id, details=facts)
        await self._audit.write(row.merchant, line)
        return f"not cancelled: {', '.join(codes)}"


def _actor(row: InboxRow) -> Actor:
    return Actor(role=Role.STOREFRONT, name=row.source)
