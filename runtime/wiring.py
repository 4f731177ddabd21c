"""Connects ports with their implementations for the API and the dispatcher; worker_wiring.py does so for the worker."""

import asyncio
from dataclasses import dataclass
from functools import partial

from temporalio.client import Client

from adapters.calendars.public_holidays import PublicHolidays
from adapters.channels.replies import StandardReplies
from adapters.places.zones import AddressZones
from adapters.webhooks.shop_system import HttpShopSystem
from api.context import (
    CustomerServices,
    InboundServices,
    MerchantServices,
    Operations,
    OrderServices,
    Services,
)
from api.http.auth import Authenticator
from api.http.rate_limits import RateLimiter
from ports.idempotency import IdempotencyTable
from runtime.config.settings import Settings
from runtime.config.version import smot_version
from runtime.console_wiring import ConsoleParts, make_console_services
from runtime.deployment_keys import open_deployment_keys
from runtime.inbound_wiring import SOURCES, make_inbound_handlers
from runtime.merchant_wiring import SharedParts, make_merchant_services, make_sandbox_clock
from runtime.message_templates import make_pages, make_renderer
from runtime.notification_wiring import (
    make_channels,
    make_letter_reports,
    make_mail_reports,
    make_notification_sender,
    make_push_registrations,
)
from runtime.page_wiring import (
    make_choice_pages,
    make_customer_pages,
    make_feedback,
    make_history,
)
from runtime.payment_wiring import EVENT_SOURCES, PAYMENT_PROVIDERS, STOREFRONTS, make_payment_providers
from runtime.privacy_wiring import make_person_export, make_privacy_requests, make_retention
from runtime.reader_wiring import make_order_reader
from runtime.replays import make_delivery_replays, make_notice_replays, make_storefront_replays
from runtime.return_wiring import ReturnParts, make_conversations, make_linked_orders, make_return_services
from runtime.staff_order_wiring import make_gate, make_staff_order_services
from runtime.staff_wiring import make_authenticator, make_staff_services
from runtime.stores import Stores, make_stores
from runtime.upkeep_wiring import make_heartbeat, make_housekeeping
from runtime.webhook_transport import make_webhook_transport
from runtime.withdrawal_wiring import WithdrawalParts, make_withdrawals
from services.commands import CommandExecutor
from services.credit import CreditService
from services.dispatcher import Dispatcher
from services.drop_off_codes import DropOffCodes
from services.gauges import read_gauges
from services.heartbeat import Heartbeat
from services.inbound.payment_webhooks import PaymentWebhooks
from services.inbound.processor import InboxProcessor
from services.inbound.replies import ReplyService
from services.inbound.scripted_parcels import ScriptedParcels
from services.inbox import InboxService
from services.journeys import Journeys
from services.key_names import KeyNames
from services.notifications.channel_settings import ChannelSettings
from services.notifications.messages import MessageBuilder
from services.notifications.preferences import PreferenceService
from services.notifications.suppressed_addresses import SuppressedAddresses
from services.orders.changes import OrderChanges
from services.orders.customer_links import CustomerLinks
from services.orders.delivery_promise import PromiseCalculator
from services.orders.dispute_evidence import DisputeEvidenceReader
from services.orders.disputes import OrderDisputes
from services.orders.edits import OrderEdits
from services.orders.exchanges import OrderExchanges
from services.orders.letter_answers import LetterAnswers
from services.orders.payment_holders import PaymentHolders
from services.orders.payments import OrderPayments
from services.orders.placement import OrderPlacement
from services.orders.search import OrderSearch
from services.orders.storefront_sender import StorefrontSender
from services.orders.timeline import OrderTimeline
from services.per_order_limiter import PerOrderLimiter
from services.readiness import ReadinessProbe
from services.screen_watch import ScreenWatch, watched_orders
from services.started_orders import StartedOrders
from services.tokens import TokenSigner
from services.webhooks.sender import WebhookSender
from store.engine.database import Database


@dataclass(frozen=True)
class ApiParts:
    """What the API process and the dispatcher are made of."""

    services: Services
    keys: Authenticator
    idempotency: IdempotencyTable
    dispatcher: Dispatcher
    started: StartedOrders
    heartbeat: Heartbeat


async def make_api_parts(settings: Settings, db: Database, client: Client, kind: str = "api") -> ApiParts:
    """The use cases of one process, and a dispatcher on the same stores. `kind`: as the process is listed.

    Raises BadMasterKey or LostMasterKey.
    """
    keys = await open_deployment_keys(settings, db)
    return _ApiWiring(settings, client, make_stores(db, keys)).parts(kind)


class _ApiWiring:
    """One API process while it is put together. What several parts share is made when it is."""

    def __init__(self, settings: Settings, client: Client, stores: Stores) -> None:
        self.settings, self.stores, keys = settings, stores, stores.keys
        self.journeys, self.inbox_changed = Journeys(client), asyncio.Event()
        self.started = StartedOrders(stores.order_schedule)
        self.tokens = TokenSigner(keys.derived("codes"))
        self.codes = DropOffCodes(keys.derived("codes"))
        self.transport = make_webhook_transport(settings)
        self.shop_system = HttpShopSystem(stores.shop_systems, self.transport)
        self.payments = make_payment_providers(settings, settings.psp, stores.payment_accounts)
        self.channels = make_channels(settings, stores, self.transport)
        self.key_names = KeyNames(stores.api_keys, stores.users)
        self.inbox = InboxService(stores.inbox, self.inbox_changed)
        self._make_order_parts(stores)
        self._make_letter_parts(settings, stores)

    def _make_order_parts(self, stores: Stores) -> None:
        self.reader = make_order_reader(stores, self.journeys)
        self.search = OrderSearch(self.reader, stores.order_search, stores.vault, self.codes.hash)
        self.holders = PaymentHolders(PAYMENT_PROVIDERS, stores.payment_accounts, stores.clocks)
        self.placement = OrderPlacement(
            stores.orders,
            stores.vault,
            stores.preferences,
            PromiseCalculator(stores.policies, PublicHolidays()),
            self.journeys,
            self.started,
            self.tokens,
            stores.clocks,
            AddressZones(),
            self.holders,
        )
        limiter = PerOrderLimiter()
        self.commands = CommandExecutor(
            self.reader, self.journeys, limiter, stores.clocks, stores.audit, make_gate(stores, self.reader)
        )
        self.return_parts = ReturnParts(self.reader, self.commands, self.tokens, self.codes, self.shop_system)
        self.links = CustomerLinks(self.tokens, stores.link_epochs, stores.clocks, self.reader, stores.audit)
        renderer, url = make_renderer(self.settings.message_templates), self.settings.public_url
        shared = WithdrawalParts(self.return_parts, self.links, self.channels, renderer, url)
        self.withdrawals = make_withdrawals(stores, shared)

    def _make_letter_parts(self, settings: Settings, stores: Stores) -> None:
        self.channel_settings = ChannelSettings(stores.channels, self.channels, stores.audit, stores.clocks)
        self.preferences = PreferenceService(
            stores.preferences,
            stores.languages,
            stores.push_devices,
            stores.vault,
            stores.clocks,
            self.tokens,
        )
        self.letter_reports = make_letter_reports(stores, self.channels, self.journeys)
        self.mail_reports = make_mail_reports(settings, self.letter_reports, self.inbox)
        self.replies = ReplyService(
            StandardReplies(), self.channel_settings, self.preferences, self.inbox, stores.clocks
        )

    def parts(self, kind: str) -> ApiParts:
        orders = self._orders()
        return ApiParts(
            services=Services(
                commands=self.commands,
                orders=orders,
                staff_orders=make_staff_order_services(self.stores, orders, self.commands),
                returns=make_return_services(self.stores, self.return_parts, self.withdrawals),
                customers=self._customers(),
                merchants=self._merchants(),
                console=make_console_services(self.stores, self._console_parts()),
                staff=make_staff_services(self.stores, self.transport),
                inbound=InboundServices(
                    SOURCES,
                    STOREFRONTS,
                    PaymentWebhooks(
                        EVENT_SOURCES, self.stores.payment_accounts, self.stores.clocks, self.inbox
                    ),
                    self.inbox,
                    self.replies,
                    self.mail_reports,
                    make_delivery_replays(self.stores, self.inbox_changed),
                    ScriptedParcels(
                        self.reader, self.commands, self.inbox, make_sandbox_clock(self.stores, self.journeys)
                    ),
                ),
                operations=self._operations(),
            ),
            keys=make_authenticator(self.stores, self.tokens),
            idempotency=self.stores.idempotency,
            dispatcher=self._dispatcher(),
            started=self.started,
            heartbeat=make_heartbeat(self.stores, kind),
        )

    def _orders(self) -> OrderServices:
        stores = self.stores
        timeline = OrderTimeline(self.reader, stores.audit, stores.outbox, stores.vault, self.key_names)
        history = make_history(stores, self.reader, self.key_names)
        return OrderServices(
            reader=self.reader,
            search=self.search,
            placement=self.placement,
            payments=OrderPayments(stores.orders, self.commands, self.holders),
            disputes=OrderDisputes(self.commands, stores.vault),
            edits=OrderEdits(stores.orders, self.commands, self.holders),
            exchanges=OrderExchanges(stores.orders, self.commands, self.holders),
            changes=OrderChanges(self.reader, self.commands, stores.vault, self.inbox_changed),
            timeline=timeline,
            history=history,
            evidence=DisputeEvidenceReader(self.reader, history, timeline),
            linked=make_linked_orders(stores, self.return_parts),
            conversations=make_conversations(stores, self.return_parts),
            links=self.links,
            lookup=self.withdrawals.steps.lookup,
            letter_answers=LetterAnswers(
                self.reader, self.commands, self.tokens, stores.link_epochs, stores.brands, stores.vault
            ),
            feedback=make_feedback(stores, self.reader, self.commands, self.tokens),
            pages=make_customer_pages(stores, self.reader),
            watch=ScreenWatch(watched_orders(stores.versions)),
            notice_replays=make_notice_replays(stores),
            storefront_updates=make_storefront_replays(stores),
        )

    def _customers(self) -> CustomerServices:
        stores = self.stores
        return CustomerServices(
            preferences=self.preferences,
            choices=make_choice_pages(stores, self.reader, self.channels),
            suppressions=SuppressedAddresses(stores.suppressions, stores.vault, stores.clocks),
            credit=CreditService(stores.db, stores.vault, stores.clocks, self.reader, self.tokens),
            privacy=make_privacy_requests(stores),
            retention=make_retention(stores),
            export=make_person_export(stores),
            push=make_push_registrations(stores, self.reader, self.channels, self.transport),
            pages=make_pages(self.settings.message_templates),
        )

    def _merchants(self) -> MerchantServices:
        shared = SharedParts(
            self.journeys,
            self.key_names,
            self.channel_settings,
            self.transport,
            self.payments,
            self.shop_system,
            make_renderer(self.settings.message_templates),
        )
        return make_merchant_services(self.stores, shared)

    def _console_parts(self) -> ConsoleParts:
        return ConsoleParts(self.key_names, self.search, self.reader, self.commands, self.tokens)

    def _operations(self) -> Operations:
        db, settings = self.stores.db, self.settings
        return Operations(
            readiness=ReadinessProbe(db, self.journeys, settings.worker_poll_max_age),
            gauges=partial(read_gauges, db),
            metrics_open=settings.metrics_open,
            version=smot_version().version,
            commit=smot_version().commit,
            rate_limiter=RateLimiter(settings.rates, proxies=settings.trusted_proxies),
        )

    def _dispatcher(self) -> Dispatcher:
        stores, settings = self.stores, self.settings
        messages = MessageBuilder(
            self.tokens, self.codes, settings.public_url, make_renderer(settings.message_templates)
        )
        handlers = make_inbound_handlers(stores, self.journeys, self.placement)
        handlers |= {**self.replies.handlers(), **self.mail_reports.handlers()}
        return Dispatcher(
            stores.db,
            InboxProcessor(stores.inbox, handlers, self.inbox_changed),
            make_notification_sender(stores, self.letter_reports, messages),
            WebhookSender(stores.webhook_deliveries, stores.webhook_endpoints, self.transport),
            StorefrontSender(stores.storefront_updates, self.payments.writers, self.journeys, stores.clocks),
            make_housekeeping(stores, self.journeys, self.started, self.withdrawals.steps),
        )
