"""Wiring: the only place where ports meet what implements them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from temporalio.client import Client

from activities.payments import PaymentActivities
from activities.records import RecordActivities
from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.smtp import Smtp
from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks
from adapters.payments.sandbox import SandboxPayments
from api.codes import Codes
from api.rates import Rates
from api.readiness import Lookout
from api.services import Services
from ports.carriers import CarrierSource
from ports.channels import Channel
from runtime.dispatcher import Dispatcher
from runtime.hook_post import HookPost
from runtime.secrets import derived, master_key
from runtime.settings import Settings
from store.attention import AttentionList
from store.audit import Audit
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
from store.records import JourneyRecords
from store.returns import Returns
from store.standings import Standings
from store.vault import Vault
from workflows.journeys import Journeys

SOURCES: Mapping[str, CarrierSource] = {source.name: source for source in (EasyPost(), Generic())}


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
    services = Services(
        db=db,
        journeys=journeys,
        codes=Codes(derived(master, "codes")),
        sources=SOURCES,
        orders=Orders(db),
        records=JourneyRecords(db),
        standings=Standings(db),
        merchants=Merchants(db, master),
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
        hook_sender=_hook_sender(settings),
        lookout=Lookout(db, journeys, settings.worker_seen_within),
        rates=Rates(settings.rates),
        metrics_open=settings.metrics_open,
        arrived=asyncio.Event(),
    )
    channel = _channel(settings, mailbox)
    hooks = HookPost(HookDeliveries(db), services.hook_endpoints, services.hook_sender)
    answers = StoreIdempotency(db, master)
    dispatcher = Dispatcher(db, journeys, vault, SOURCES, channel, answers, hooks, services.arrived)
    return Parts(services=services, dispatcher=dispatcher)


def _hook_sender(settings: Settings) -> HttpHooks:
    reach = Reach(anywhere=settings.webhooks_to == "anywhere", ports=settings.webhook_ports)
    return HttpHooks(reach, settings.webhook_timeout)


def _channel(settings: Settings, mailbox: StoreMailbox) -> Channel:
    if settings.smtp is None:
        return MailboxChannel(mailbox)
    host, _, port = settings.smtp.rpartition(":")
    return Smtp(host, int(port), settings.smtp_sender)


def make_activities(
    settings: Settings, db: Database, psp: str
) -> tuple[RecordActivities, PaymentActivities, SandboxPayments]:
    """What the worker runs; the last is to be closed in the end."""
    payments = SandboxPayments(psp, timeout=settings.provider_timeout)
    records = RecordActivities(JourneyRecords(db))
    return records, PaymentActivities(StoredLedger(db), payments), payments
