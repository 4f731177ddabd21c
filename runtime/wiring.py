"""Wiring: the only place where ports meet what implements them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from temporalio.client import Client

from activities.carriers import CarrierActivities, Looker
from activities.payments import PaymentActivities
from activities.records import RecordActivities
from adapters.calendars.public_holidays import PublicHolidays
from adapters.carriers.aftership import AfterShip
from adapters.carriers.aftership_tracker import AfterShipTracker
from adapters.carriers.asking import Http
from adapters.carriers.easypost import EasyPost
from adapters.carriers.easypost_tracker import EasyPostTracker
from adapters.carriers.generic import Generic
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.smtp import Smtp
from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks
from adapters.payments.sandbox import SandboxPayments
from adapters.storefronts.shopify import Shopify
from api.codes import Codes
from api.placing import Placing
from api.promising import Promising
from api.rates import Rates
from api.readiness import Lookout
from api.services import Services
from domain.notice_policy import ChannelName
from ports.carriers import CarrierSource
from ports.channels import Channel
from ports.storefronts import StorefrontSource
from ports.trackers import Tracker
from runtime.channels import Channels
from runtime.dispatcher import Dispatcher
from runtime.hook_post import HookPost
from runtime.letters import make_letters
from runtime.messages import Messages
from runtime.notice_post import NoticePost
from runtime.secrets import derived, master_key
from runtime.settings import Settings
from runtime.storefront_intake import StorefrontIntake
from store.attention import AttentionList
from store.audit import Audit
from store.channels import ChannelBook
from store.clock import Clocks
from store.database import Database
from store.hook_deliveries import HookDeliveries
from store.hook_endpoints import HookEndpoints
from store.hook_lists import HookLists
from store.idempotency import StoreIdempotency
from store.inbox import Inbox
from store.ledger import StoredLedger
from store.mailbox import StoreMailbox
from store.merchants import Merchants
from store.orders import Orders
from store.outbox import Outbox
from store.poll_accounts import PollAccounts
from store.preferences import Preferences
from store.records import JourneyRecords
from store.returns import Returns
from store.standings import Standings
from store.vault import Vault
from workflows.journeys import Journeys

SOURCES: Mapping[str, CarrierSource] = {
    source.name: source for source in (EasyPost(), AfterShip(), Generic())
}
STOREFRONTS: Mapping[str, StorefrontSource] = {source.name: source for source in (Shopify(),)}


@dataclass(frozen=True)
class Parts:
    """What the API process and the dispatcher are made of."""

    services: Services
    dispatcher: Dispatcher


def make_parts(settings: Settings, db: Database, client: Client) -> Parts:
    """The API's services and a dispatcher on them."""
    master = master_key(settings)
    vault = Vault(db, master)
    mailbox = StoreMailbox(db, vault)
    journeys = Journeys(client)
    book, sender = ChannelBook(db, master), _hook_sender(settings)
    anywhere = settings.webhooks_to == "anywhere"
    shared: dict[ChannelName, str] = {name: url.get_secret_value() for name, url in settings.channels.items()}
    channels = Channels(_channel(settings, mailbox), mailbox, book, sender, shared, anywhere=anywhere)
    services = Services(
        db=db,
        journeys=journeys,
        codes=Codes(derived(master, "codes")),
        sources=SOURCES,
        storefronts=STOREFRONTS,
        orders=Orders(db),
        records=JourneyRecords(db),
        standings=Standings(db),
        merchants=Merchants(db, master),
        poll_accounts=PollAccounts(db, master),
        promising=Promising(Merchants(db, master), PublicHolidays()),
        clocks=Clocks(db),
        vault=vault,
        inbox=Inbox(db),
        outbox=Outbox(db),
        mailbox=mailbox,
        audit=Audit(db),
        attention=AttentionList(db),
        returns=Returns(db),
        hook_endpoints=HookEndpoints(db, master),
        hook_lists=HookLists(db),
        hook_sender=sender,
        preferences=Preferences(db),
        channel_book=book,
        channel_objection=channels.objection,
        lookout=Lookout(db, journeys, settings.worker_seen_within),
        rates=Rates(settings.rates),
        metrics_open=settings.metrics_open,
        arrived=asyncio.Event(),
    )
    messages = Messages(services.codes, settings.public_url, make_letters(settings.letters))
    notices = NoticePost(db, journeys, vault, channels, messages)
    hooks = HookPost(HookDeliveries(db), services.hook_endpoints, services.hook_sender)
    answers = StoreIdempotency(db, master)
    placing = Placing(services.orders, vault, services.preferences)
    storefronts = StorefrontIntake(db, journeys, STOREFRONTS, placing, services.promising)
    dispatcher = Dispatcher(db, journeys, SOURCES, notices, storefronts, answers, hooks, services.arrived)
    return Parts(services=services, dispatcher=dispatcher)


def _hook_sender(settings: Settings) -> HttpHooks:
    reach = Reach(anywhere=settings.webhooks_to == "anywhere", ports=settings.webhook_ports)
    return HttpHooks(reach, settings.webhook_timeout)


def _channel(settings: Settings, mailbox: StoreMailbox) -> Channel:
    if settings.smtp is None:
        return MailboxChannel(mailbox)
    host, _, port = settings.smtp.rpartition(":")
    return Smtp(host, int(port), settings.smtp_sender)


@dataclass(frozen=True)
class Doing:
    """What the worker runs, and the clients of other parties that are to be closed in the end."""

    records: RecordActivities
    payments: PaymentActivities
    carriers: CarrierActivities
    provider: SandboxPayments
    http: Http


def make_activities(settings: Settings, db: Database, psp: str) -> Doing:
    """Everything a journey may ask for."""
    provider = SandboxPayments(psp, timeout=settings.provider_timeout)
    http = Http(settings.tracker_timeout)
    records = JourneyRecords(db)
    return Doing(
        records=RecordActivities(records),
        payments=PaymentActivities(StoredLedger(db), provider),
        carriers=CarrierActivities(make_looker(settings, db, http), records),
        provider=provider,
        http=http,
    )


def make_looker(settings: Settings, db: Database, http: Http) -> Looker:
    """Whoever asks trackers by the merchants' accounts."""
    trackers: dict[str, Tracker] = {"easypost": EasyPostTracker(http), "aftership": AfterShipTracker(http)}
    return Looker(PollAccounts(db, master_key(settings)), trackers)
