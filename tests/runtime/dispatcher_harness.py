"""A dispatcher on its own database, with fakes for the outside."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any, cast

from adapters.carriers.carrier_names import same_carrier
from adapters.carriers.generic import Generic
from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from domain.journey import agenda
from domain.model.order import Order, SealedCustomer
from domain.model.state import JourneyState
from domain.tracking.scans import TrackingUpdated
from ports.channels import ChannelUnavailable, DeliveryUnknown, Message
from ports.stock import Stock
from runtime.channels import MerchantChannels
from runtime.message_templates import make_renderer
from runtime.notification_wiring import make_letter_reports, make_notification_sender
from runtime.reader_wiring import make_order_reader
from runtime.return_wiring import ReturnParts
from runtime.stores import make_stores
from runtime.upkeep_wiring import make_housekeeping
from runtime.withdrawal_wiring import WithdrawalParts, make_withdrawals
from services.commands import CommandExecutor
from services.dispatcher import Dispatcher
from services.drop_off_codes import DropOffCodes
from services.inbound.carriers import CarrierHandler
from services.inbound.processor import InboxProcessor
from services.journeys import Journeys, JourneyUnavailable
from services.notifications.messages import MessageBuilder
from services.notifications.sender import NotificationSender
from services.orders.customer_links import CustomerLinks
from services.orders.storefront_sender import StorefrontSender
from services.started_orders import StartedOrders
from services.tokens import TokenSigner
from services.webhooks.sender import WebhookSender
from services.withdrawals.service import WithdrawalService
from store.engine.database import Database
from store.inbox.inbox import InboundDelivery
from store.merchants.clock import Clocks
from store.orders.orders import Orders
from tests.builders import PLACED, a_parcel, a_state, an_order
from tests.runtime.verified_deployment import MASTER

HOUR = timedelta(hours=1)


class FakeJourneys:
    """Fake journeys that record signals; those in `silent` do not answer, those in `broken` raise an unexpected error.

    `most`: how many were signalled at the same time. `takes`: seconds until one answers.
    """

    def __init__(self) -> None:
        self.signals: list[tuple[str, TrackingUpdated]] = []
        self.placed: list[str] = []
        self.unresponsive: set[str] = set()
        self.broken: set[str] = set()
        self.now = self.max_concurrent = 0
        self.delay = 0.0
        self.settled = asyncio.Event()
        self.settled.set()

    async def signal(self, merchant: str, order: str, event: TrackingUpdated) -> None:
        self._respond(order)
        self.now += 1
        self.max_concurrent = max(self.max_concurrent, self.now)
        await asyncio.sleep(self.delay)
        self.now -= 1
        self.signals.append((order, event))

    async def wait_until_idle(self, merchant: str, order: str) -> None:
        """A signal is recorded at once; what it made due is done while `settled` is set."""
        await self.settled.wait()

    async def start(self, merchant: str, order: str) -> None:
        self.placed.append(order)
        self._respond(order)

    def _respond(self, order: str) -> None:
        if order in self.unresponsive:
            raise JourneyUnavailable
        if order in self.broken:
            raise RuntimeError("zdzislawa.testowa@example.org")


class FakeChannel:
    """A channel that keeps its messages; `trouble` is raised once, after accepting or (certainly Unreachable) instead of it."""

    deduplicates = True

    def __init__(self) -> None:
        self.accepted: list[Message] = []
        self.errors: list[BaseException] = []

    async def send(self, message: Message) -> None:
        error = self.errors.pop(0) if self.errors else None
        if not isinstance(error, ChannelUnavailable) or isinstance(error, DeliveryUnknown):
            self.accepted.append(message)
        if error is not None:
            raise error


async def send_all(sender: NotificationSender) -> int:
    """Have it send due notices until none is left. Returns how many."""
    taken = await sender.send()
    await sender.drain()
    return taken


async def process_all(processor: InboxProcessor) -> int:
    """Have it apply the deliveries that are due. Returns how many."""
    taken = await processor.process()
    await processor.in_flight.drain()
    return taken


class Killed(BaseException):
    """The process ends here."""


class DispatcherHarness:
    """A dispatcher on its own database, with fakes for the outside."""

    def __init__(self, db: Database) -> None:
        self.db, self.journeys, self.channel, self.arrived = (
            db,
            FakeJourneys(),
            FakeChannel(),
            asyncio.Event(),
        )
        self.stores, self.transport = make_stores(db, MASTER), HttpWebhookTransport(EgressPolicy())
        self.inbox, self.outbox, self.snapshots = self.stores.inbox, self.stores.outbox, self.stores.snapshots
        self.vault, self.merchants = self.stores.vault, self.stores.merchants
        journeys = cast(Journeys, self.journeys)
        carriers = CarrierHandler(
            Generic(), self.stores.tracking_numbers, self.stores.clocks, journeys, same_carrier
        )
        self.dispatcher = Dispatcher(
            db,
            InboxProcessor(self.inbox, {"generic": carriers}, self.arrived),
            self.make_notification_sender(),
            WebhookSender(self.stores.webhook_deliveries, self.stores.webhook_endpoints, self.transport),
            StorefrontSender(self.stores.storefront_updates, {}, journeys, self.stores.clocks),
            make_housekeeping(
                self.stores,
                journeys,
                StartedOrders(self.stores.order_schedule),
                self._make_withdrawals().steps,
            ),
        )

    def _make_withdrawals(self) -> WithdrawalService:
        stores, tokens = self.stores, TokenSigner(MASTER.derived("codes"))
        reader = make_order_reader(stores, cast(Journeys, self.journeys))
        commands = cast(CommandExecutor, None)  # no test here withdraws from a contract
        parts = ReturnParts(
            reader, commands, tokens, DropOffCodes(MASTER.derived("codes")), cast(Stock, None)
        )
        links = CustomerLinks(tokens, stores.link_epochs, stores.clocks, reader, stores.audit)
        channels = MerchantChannels(
            self.channel, stores.channels, stores.mail_senders, self.transport, {}, sandbox_sends=True
        )
        shared = WithdrawalParts(parts, links, channels, make_renderer(None), None)
        return make_withdrawals(stores, shared)

    async def process_inbox(self) -> int:
        """See `process_all`."""
        return await process_all(self.dispatcher.inbox_processor)

    def make_notification_sender(self) -> NotificationSender:
        journeys, stores = cast(Journeys, self.journeys), self.stores
        channels = MerchantChannels(
            self.channel, stores.channels, stores.mail_senders, self.transport, {}, sandbox_sends=True
        )
        self.messages = MessageBuilder(
            TokenSigner(MASTER.derived("codes")),
            DropOffCodes(MASTER.derived("codes")),
            None,
            make_renderer(None),
        )
        return make_notification_sender(
            stores, make_letter_reports(stores, channels, journeys), self.messages
        )

    async def order(self, name: str = "ord_one", locale: str = "en", **changed: Any) -> Order:
        customer = SealedCustomer(
            customer="cus_ada",
            name=await self.vault.seal("acme", "cus_ada", "Ada"),
            email=await self.vault.seal("acme", "cus_ada", "ada@example.org"),
            locale=locale,
        )
        order = an_order(order=name, order_id=f"#{name}", customer=customer, **changed)
        assert (await Orders(self.db).place(order, "hash")).outcome == "new"
        return order

    async def shipped(
        self, name: str = "ord_one", number: str = "TRACK1", locale: str = "en"
    ) -> JourneyState:
        state = a_state(await self.order(name, locale), seq=1, base=1)
        a_parcel(state, number)
        await self.commit(state)
        return state

    async def late(self, name: str = "ord_one", locale: str = "en") -> JourneyState:
        """An order whose parcel is silent: a delay notice is due."""
        state = await self.shipped(name, locale=locale)
        await self.advance(state, state.order.due() - 12 * HOUR)
        return state

    async def advance(self, state: JourneyState, now: datetime) -> None:
        await self.set_clock(now)
        state.clock = now
        for change in agenda.changes_due(state, now):
            change.apply(state, now)
        await self.commit(state)

    async def set_clock(self, now: datetime) -> None:
        await Clocks(self.db).set("acme", now)

    async def commit(self, state: JourneyState) -> None:
        state.seq += 1
        assert await self.snapshots.commit(state) == "committed"
        state.base, state.pending_notices, state.audit_log = state.seq, [], []

    async def receive(self, name: str, *parcels: dict[str, Any], at: datetime = PLACED) -> None:
        body = json.dumps({"type": "tracking.updated", "data": {"parcels": parcels}}).encode()
        await self.inbox.accept(InboundDelivery("acme", "generic", name, body, at))

    async def notice_statuses(self, order: str = "ord_one") -> list[tuple[str, str, str]]:
        rows = await self.outbox.of_order("acme", order)
        return [(row.kind, row.status, row.reason) for row in rows]
