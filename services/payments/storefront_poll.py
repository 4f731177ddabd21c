"""What a storefront's webhooks did not bring: its changed orders go into the inbox, and webhooks that are off are switched on.

What it has of orders that were read before is compared with what is entered here.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import keys
from domain.actors import Actor, Role
from domain.model.storefront_update import StorefrontUpdate
from domain.payments.differences import Difference
from domain.payments.shop_differences import gone_records, unknown_refunds
from ports.inbound_webhooks import InvalidPayload
from ports.storefronts import PolledOrder, StorefrontMessage, StorefrontPoll, StorefrontSource
from store.audit import AuditLine, AuditLog
from store.inbox.inbox import InboundDelivery, Inbox
from store.merchants.clock import Clocks
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.orders.storefront_updates import StorefrontUpdates
from store.tables.all import StorefrontUpdateRow

log = logging.getLogger(__name__)

WEBHOOK_PATH: Final = "/v1/webhooks/storefronts/{storefront}/{merchant}"


@dataclass(frozen=True)
class ShopRecords:
    """What is entered here of the orders of storefronts."""

    orders: Orders
    snapshots: SnapshotStore
    updates: StorefrontUpdates


@dataclass
class Polled:
    """What a poll brought. new: how many messages; differences: of orders that were read before."""

    new: int
    differences: list[Difference]


@dataclass(frozen=True)
class StorefrontPolling:
    """Polls one storefront for one merchant. source: reads its messages."""

    poll: StorefrontPoll
    source: StorefrontSource
    inbox: Inbox
    clocks: Clocks
    audit: AuditLog
    records: ShopRecords

    async def run(self, merchant: str, since: datetime) -> Polled:
        """Keep the orders that changed since then, as deliveries. Raises OutcomeUnknown.

        An order that is as it was at the last poll is the same delivery. One that a webhook brought too has no second effect.
        """
        await self._switch_on(merchant)
        now, polled = await self.clocks.business_now(merchant), Polled(0, [])
        async for order in self.poll.changed_orders(merchant, since):
            if order.order_id and await self.records.orders.find(merchant, order.order_id) is None:
                continue
            name = keys.storefront_delivery("poll", order.topic, keys.content(order.body))
            delivery = InboundDelivery(merchant, self.poll.name, name, order.body, now, order.topic)
            if await self.inbox.accept(delivery) == "new":
                polled.new += 1  # it is entered soon; the next run compares it
            else:
                polled.differences += await self._compare(merchant, order, now)
        return polled

    async def _compare(self, merchant: str, order: PolledOrder, now: datetime) -> list[Difference]:
        """The differences between the shop's refunds of that order and what is entered here."""
        try:
            message = self.source.read(order.topic, order.body, now)
        except InvalidPayload:
            return []  # its delivery is a dead letter, which people see
        row = await self.records.orders.find(merchant, message.order_id) if message is not None else None
        snapshot = await self.records.snapshots.snapshot(merchant, row.id) if row is not None else None
        if message is None or row is None or snapshot is None:
            return []
        refunds = [refund.in_currency(snapshot.state.order.currency) for refund in message.refunds]
        found = [*unknown_refunds(snapshot.state, refunds)]
        if not order.order_id:
            recorded = dict(_recorded(await self.records.updates.of_order(merchant, row.id)))
            found += gone_records(snapshot.state, recorded, _names(message), now)
        return found

    async def _switch_on(self, merchant: str) -> None:
        """Webhooks that were off are on again, and the audit log and the log of the deployment have it."""
        topics = await self.poll.switch_on(
            merchant, WEBHOOK_PATH.format(storefront=self.poll.name, merchant=merchant)
        )
        if not topics:
            return
        log.warning("%s had switched off webhooks of %s: %s", self.poll.name, merchant, ", ".join(topics))
        actor = Actor(role=Role.STOREFRONT, name=self.poll.name)
        at = await self.clocks.business_now(merchant)
        details: dict[str, str | int] = {"topics": ",".join(topics)[:200]}
        await self.audit.write(merchant, AuditLine(actor, "webhooks_switched_on", at, details=details))


def _names(message: StorefrontMessage) -> set[str]:
    return {refund.refund for refund in message.refunds}


def _recorded(rows: Sequence[StorefrontUpdateRow]) -> Iterator[tuple[str, str]]:
    """The payments of other ways that the shop has recorded, with its ids; not those whose money came back."""
    updates = [(row, StorefrontUpdate.model_validate_json(row.body)) for row in rows]
    failed = {update.subject for _, update in updates if update.kind == "refund_failed"}
    for row, update in updates:
        is_record = update.kind == "refunded" and update.paid_by != row.storefront
        if is_record and row.status == "done" and row.reference and update.subject not in failed:
            yield update.subject, row.reference
