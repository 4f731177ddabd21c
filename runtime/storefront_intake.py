"""What storefronts told us goes to the journeys it is about, and starts those that have not begun."""

from collections.abc import Mapping
from datetime import timedelta

from api.placing import Placing
from api.promising import Promised, Promising
from domain import keys
from domain.actors import Actor, Role
from domain.commands.cancel_order import CancelOrder
from domain.orders import Order, inconsistencies
from domain.shipments import FulfilmentTold, RefundedElsewhere
from ports.carriers import Unreadable
from ports.storefronts import Sale, StorefrontSource, Told
from store.audit import Audit
from store.clock import Clocks
from store.database import Database
from store.inbox import Inbox
from store.tables import InboxRow, OrderRow
from workflows.journeys import Journeys, NotAnswering

OLDEST = timedelta(days=60)  # an order first heard of later is history, and nobody is told of its delays
_TAKEN = "one of its payments paid for another order"


class StorefrontIntake:
    """Works off a storefront's deliveries. All of it may be done twice, and in any order."""

    def __init__(
        self,
        db: Database,
        journeys: Journeys,
        sources: Mapping[str, StorefrontSource],
        placing: Placing,
        promising: Promising,
    ) -> None:
        self._inbox, self._clocks, self._audit = Inbox(db), Clocks(db), Audit(db)
        self._journeys, self._sources = journeys, sources
        self._placing, self._promising = placing, promising

    def knows(self, row: InboxRow) -> bool:
        return row.source in self._sources

    async def apply(self, row: InboxRow, row_id: int) -> None:
        """Take the delivery in, or say in its row what becomes of it."""
        try:
            told = self._sources[row.source].read(row.topic, row.body, row.heard_at)
        except Unreadable as problem:
            await self._inbox.bury(row_id, str(problem))
            return
        if told is None:
            await self._inbox.ignored(row_id, "not a topic we follow")
            return
        try:
            await self._take_in(row, row_id, told)
        except NotAnswering:
            await self._inbox.fail(row_id, "temporal does not answer")

    async def _take_in(self, row: InboxRow, row_id: int, told: Told) -> None:
        order = await self._placing.orders.find(row.merchant, told.order_id)
        if order is None and told.sale is not None:
            if row.heard_at - told.sale.placed_at > OLDEST:
                await self._inbox.ignored(row_id, f"placed more than {OLDEST.days} days ago")
                return
            problem = await self._place(row, told.sale)
            if problem is not None:
                await self._inbox.bury(row_id, problem)
                return
            order = await self._placing.orders.find(row.merchant, told.order_id)
        if order is not None:
            await self._tell(row, row_id, order, told)
        elif told.wrong:
            await self._inbox.bury(row_id, told.wrong)
        elif told.waits:
            await self._inbox.ignored(row_id, told.waits)
        else:
            await self._inbox.park_for_order(row_id, told.order_id)

    async def _place(self, row: InboxRow, sale: Sale) -> str | None:
        """Have the order there and its journey begun; why it cannot be, if it cannot."""
        found = inconsistencies(sale.currency, sale.lines, sale.shipping, sale.tenders)
        if found:
            return ", ".join(f"{code} at {where}" for code, where in found)
        promised = await self._promised(row.merchant, sale)
        placed = await self._placing.place(row.merchant, sale, promised, row.body_hash)
        if placed.outcome == "payment_taken":
            return _TAKEN
        if placed.outcome == "new" and sale.zone_guessed:
            facts: dict[str, str | int] = {
                "country": sale.destination.country,
                "zone": sale.destination.zone,
            }
            actor = _actor(row)
            at = row.heard_at
            await self._audit.write(
                row.merchant, actor, "zone_guessed", at=at, order=placed.order, facts=facts
            )
        await self._journeys.place(row.merchant, placed.order)
        return None

    async def _promised(self, merchant: str, sale: Sale) -> Promised:
        """By the merchant's promise calendar; where the policy has none, its days for such orders."""
        by_calendar = await self._promising.of(merchant, sale.service, sale.placed_at, sale.destination)
        if isinstance(by_calendar, Promised):
            return by_calendar
        return await self._promising.for_storefront(merchant, sale.placed_at, sale.destination)

    async def _tell(self, row: InboxRow, row_id: int, order: OrderRow, told: Told) -> None:
        """Shipments and refunds before the cancellation: what was paid back already is not paid again by it."""
        currency = Order.model_validate_json(order.body).currency
        strange = [
            one.refund for one in told.refunds for part in one.parts if part.amount.currency != currency
        ]
        if strange:
            await self._inbox.bury(row_id, f"refund {strange[0]} is in another currency than its order")
            return
        now = await self._clocks.get(row.merchant)
        for shipment in told.shipments:
            fact = FulfilmentTold(storefront=row.source, shipment=shipment, now=now)
            await self._journeys.tell(row.merchant, order.id, fact)
        for refund in told.refunds:
            refunded = RefundedElsewhere.model_validate({**refund.model_dump(), "now": now})
            await self._journeys.tell(row.merchant, order.id, refunded)
        refused = await self._cancel(row, order) if told.cancelled else ""
        if now is not None and (told.shipments or told.refunds):
            await self._journeys.until_settled(row.merchant, order.id)
        await self._inbox.done(row_id, refused)

    async def _cancel(self, row: InboxRow, order: OrderRow) -> str:
        """Call off what has not left; why nothing could be, else empty."""
        ask = CancelOrder(
            command_id=keys.digest(row.source, "cancel", order.id),
            actor=_actor(row),
            now=await self._clocks.get(row.merchant),
            rest=True,
        )
        answer = await self._journeys.ask(row.merchant, order.id, ask)
        codes = sorted({one.code.value for one in answer.reasons})
        if answer.verdict != "refused" or codes == ["order_cancelled"]:
            return ""
        facts: dict[str, str | int] = {"reasons": ",".join(codes)}
        await self._audit.write(
            row.merchant, ask.actor, "refused:CancelOrder", at=row.heard_at, order=order.id, facts=facts
        )
        return f"not cancelled: {', '.join(codes)}"


def _actor(row: InboxRow) -> Actor:
    return Actor(role=Role.STOREFRONT, name=row.source)
