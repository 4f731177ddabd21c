"""Wiring: the only place where ports meet what implements them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from temporalio.client import Client

from activities.carriers import CarrierActivities, CarrierPoller
from activities.payments import PaymentActivities
from activities.snapshots import SnapshotActivities
from adapters.calendars.public_holidays import PublicHolidays
from adapters.carriers.aftership import AfterShip
from adapters.carriers.aftership_tracker import AfterShipTracker
from adapters.carriers.easypost import EasyPost
from adapters.carriers.easypost_tracker import EasyPostTracker
from adapters.carriers.generic import Generic
from adapters.carriers.http import TrackerHttpClient
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.smtp import Smtp
from adapters.payments.sandbox import SandboxPayments
from adapters.storefronts.shopify import Shopify
from adapters.webhooks.sender import HttpWebhookTransport
from adapters.webhooks.ssrf_guard import EgressPolicy
from api.context import Services
from api.rate_limits import RateLimiter
from api.readiness import ReadinessProbe
from domain.model.notice_policy import ChannelName
from ports.carriers import CarrierSource
from ports.channels import Channel
from ports.storefronts import StorefrontSource
from ports.trackers import Tracker
from runtime.channels import MerchantChannels
from runtime.config.secrets import derived, master_key
from runtime.config.settings import Settings
from runtime.messages import make_renderer
from services.delivery_promise import PromiseCalculator
from services.dispatcher import Dispatcher
from services.inbound.carriers import CarrierHandler
from services.inbound.outcomes import InboundHandler
from services.inbound.processor import InboxProcessor
from services.inbound.storefronts import StorefrontHandler
from services.journeys import Journeys
from services.notifications.messages import MessageBuilder
from services.notifications.sender import NotificationSender
from services.place_order import OrderPlacement
from services.tokens import TokenSigner
from services.webhook_sender import WebhookSender
from store.audit import AuditLog
from store.engine.database import Database
from store.idempotency import StoreIdempotency
from store.inbox.inbox import Inbox
from store.inbox.tracking_numbers import TrackingNumbers
from store.ledger.refunds import StoredLedger
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants
from store.notifications.channels import ChannelConfigs
from store.notifications.mailbox import StoreMailbox
from store.notifications.outbox import Outbox
from store.notifications.preferences import Preferences
from store.orders.attention import AttentionList
from store.orders.orders import Orders
from store.orders.returns import Returns
from store.orders.snapshots import SnapshotStore
from store.orders.versions import OrderVersions
from store.privacy.vault import Vault
from store.webhooks.deliveries import WebhookDeliveries
from store.webhooks.delivery_log import DeliveryLog
from store.webhooks.endpoints import WebhookEndpoints

SOURCES: Mapping[str, CarrierSource] = {
    source.name: source for source in (EasyPost(), AfterShip(), Generic())
}
STOREFRONTS: Mapping[str, StorefrontSource] = {source.name: source for source in (Shopify(),)}


@dataclass(frozen=True)
class ApiParts:
    """What the API process and the dispatcher are made of."""

    context: Services
    dispatcher: Dispatcher


def make_api_parts(settings: Settings, db: Database, client: Client) -> ApiParts:
    """The API's services and a dispatcher on them."""
    master = master_key(settings)
    vault = Vault(db, master)
    mailbox = StoreMailbox(db, vault)
    journeys = Journeys(client)
    book, sender = ChannelConfigs(db, master), _webhook_transport(settings)
    anywhere = settings.webhook_egress == "anywhere"
    shared: dict[ChannelName, str] = {name: url.get_secret_value() for name, url in settings.channels.items()}
    channels = MerchantChannels(
        _channel(settings, mailbox), mailbox, book, sender, shared, unrestricted=anywhere
    )
    services = Services(
        db=db,
        journeys=journeys,
        tokens=TokenSigner(derived(master, "codes")),
        sources=SOURCES,
        storefronts=STOREFRONTS,
        orders=Orders(db),
        snapshots=SnapshotStore(db),
        snapshot_versions=OrderVersions(db),
        merchants=Merchants(db, master),
        carrier_accounts=StoredCarrierAccounts(db, master),
        promise_calculator=PromiseCalculator(Merchants(db, master), PublicHolidays()),
        clocks=Clocks(db),
        vault=vault,
        inbox=Inbox(db),
        outbox=Outbox(db),
        mailbox=mailbox,
        audit=AuditLog(db),
        attention=AttentionList(db),
        returns=Returns(db),
        webhook_endpoints=WebhookEndpoints(db, master),
        delivery_log=DeliveryLog(db),
        webhook_sender=sender,
        preferences=Preferences(db),
        channel_book=book,
        channel_url_error=channels.rejection_reason,
        readiness_probe=ReadinessProbe(db, journeys, settings.worker_poll_max_age),
        rate_limiter=RateLimiter(settings.rates),
        metrics_open=settings.metrics_open,
        inbox_changed=asyncio.Event(),
    )
    messages = MessageBuilder(services.tokens, settings.public_url, make_renderer(settings.message_templates))
    notices = NotificationSender(db, journeys, vault, channels, messages)
    hooks = WebhookSender(WebhookDeliveries(db), services.webhook_endpoints, services.webhook_sender)
    answers = StoreIdempotency(db, master)
    placing = OrderPlacement(services.orders, vault, services.preferences)
    handlers = _inbound_handlers(services, placing)
    inbox_processor = InboxProcessor(services.inbox, handlers, services.inbox_changed)
    dispatcher = Dispatcher(db, journeys, inbox_processor, notices, answers, hooks, services.inbox_changed)
    return ApiParts(context=services, dispatcher=dispatcher)


def _inbound_handlers(services: Services, placement: OrderPlacement) -> dict[str, InboundHandler]:
    """Which handler applies the deliveries of which source."""
    journeys, clocks, parcels = services.journeys, services.clocks, TrackingNumbers(services.db)
    handlers: dict[str, InboundHandler] = {
        name: CarrierHandler(source, parcels, clocks, journeys) for name, source in SOURCES.items()
    }
    for name, storefront in STOREFRONTS.items():
        handlers[name] = StorefrontHandler(
            storefront, journeys, clocks, services.audit, placement, services.promise_calculator
        )
    return handlers


def _webhook_transport(settings: Settings) -> HttpWebhookTransport:
    reach = EgressPolicy(unrestricted=settings.webhook_egress == "anywhere", ports=settings.webhook_ports)
    return HttpWebhookTransport(reach, settings.webhook_timeout)


def _channel(settings: Settings, mailbox: StoreMailbox) -> Channel:
    if settings.smtp is None:
        return MailboxChannel(mailbox)
    host, _, port = settings.smtp.rpartition(":")
    return Smtp(host, int(port), settings.smtp_sender)


@dataclass(frozen=True)
class WorkerParts:
    """What the worker runs, and the clients of other parties that are to be closed in the end."""

    records: SnapshotActivities
    payments: PaymentActivities
    carriers: CarrierActivities
    provider: SandboxPayments
    http: TrackerHttpClient


def make_worker_parts(settings: Settings, db: Database, psp: str) -> WorkerParts:
    """Everything a journey may ask for."""
    provider = SandboxPayments(psp, timeout=settings.provider_timeout)
    http = TrackerHttpClient(settings.tracker_timeout)
    records = SnapshotStore(db)
    return WorkerParts(
        records=SnapshotActivities(records),
        payments=PaymentActivities(StoredLedger(db), provider),
        carriers=CarrierActivities(make_carrier_poller(settings, db, http), records),
        provider=provider,
        http=http,
    )


def make_carrier_poller(settings: Settings, db: Database, http: TrackerHttpClient) -> CarrierPoller:
    """Whoever asks trackers by the merchants' accounts."""
    trackers: dict[str, Tracker] = {"easypost": EasyPostTracker(http), "aftership": AfterShipTracker(http)}
    return CarrierPoller(StoredCarrierAccounts(db, master_key(settings)), trackers)
