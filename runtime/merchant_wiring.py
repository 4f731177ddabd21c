"""The use cases of merchants, put together on the stores of a process."""

from dataclasses import dataclass

from adapters.messages.sample_notices import letter_samples, sample_recipient
from adapters.webhooks.transport import HttpWebhookTransport
from api.context import MerchantServices
from ports.messages import MessageRenderer
from ports.stock import Stock
from runtime.inbound_wiring import SOURCES
from runtime.payment_wiring import STOREFRONTS, PaymentProviders
from runtime.stores import Stores
from services.figures.dispositions import DispositionReports
from services.figures.reports import FigureReports
from services.journeys import Journeys
from services.key_names import KeyNames
from services.ledger_reports import LedgerReports
from services.merchants.accounts import MerchantService
from services.merchants.branding import BrandingService
from services.merchants.carrier_accounts import CarrierAccountService
from services.merchants.keys import KeyService
from services.merchants.origins import OriginService
from services.merchants.payment_accounts import PaymentAccountService
from services.merchants.sandbox_clock import SandboxClock
from services.merchants.shop_systems import ShopSystemService
from services.notifications.channel_settings import ChannelSettings
from services.notifications.channel_trials import ChannelTrials
from services.notifications.letter_previews import LetterPreviews
from services.notifications.mail_senders import MailSenderService
from services.payments.differences import PaymentDifferenceService
from services.policies.backtesting import PolicyBacktests
from services.policies.publishing import PolicyService
from services.reports import ReportService
from services.webhooks.endpoints import WebhookEndpointService
from store.orders.past_returns import PastReturns


@dataclass(frozen=True)
class SharedParts:
    """What the use cases of merchants share with others of the process."""

    journeys: Journeys
    key_names: KeyNames
    channels: ChannelSettings
    transport: HttpWebhookTransport
    payments: PaymentProviders
    stock: Stock
    renderer: MessageRenderer


def make_merchant_services(stores: Stores, shared: SharedParts) -> MerchantServices:
    """The use cases of merchants."""
    return MerchantServices(
        accounts=MerchantService(
            stores.merchants, stores.outbox, frozenset(SOURCES) | frozenset(STOREFRONTS)
        ),
        keys=KeyService(stores.api_keys, stores.audit, stores.clocks),
        policies=PolicyService(stores.policies, shared.key_names),
        backtests=PolicyBacktests(PastReturns(stores.db)),
        carrier_accounts=CarrierAccountService(stores.carrier_accounts),
        payment_accounts=PaymentAccountService(
            stores.payment_accounts, shared.payments.by_name, shared.payments.close
        ),
        payment_differences=PaymentDifferenceService(
            stores.payment_differences, shared.key_names, stores.clocks, stores.audit
        ),
        origins=OriginService(stores.origins),
        shop_systems=ShopSystemService(stores.shop_systems, shared.stock, shared.transport),
        channels=shared.channels,
        channel_trials=ChannelTrials(
            shared.channels.directory, stores.mail_senders, stores.audit, stores.clocks
        ),
        letter_previews=LetterPreviews(
            shared.renderer, stores.mail_senders, letter_samples(), sample_recipient()
        ),
        branding=BrandingService(stores.brandings, stores.audit, stores.clocks),
        mail_senders=MailSenderService(stores.mail_senders, stores.audit, stores.clocks),
        webhook_endpoints=WebhookEndpointService(
            endpoints=stores.webhook_endpoints,
            log=stores.delivery_log,
            backlogs=stores.webhook_backlogs,
            replays=stores.webhook_replays,
            transport=shared.transport,
            audit=stores.audit,
            clocks=stores.clocks,
        ),
        sandbox_clock=make_sandbox_clock(stores, shared.journeys),
        reports=ReportService(stores.db),
        dispositions=DispositionReports(stores.figures),
        figures=FigureReports(stores.db, stores.figures, stores.clocks, stores.policies),
        ledger=LedgerReports(stores.db, stores.vault),
    )


def make_sandbox_clock(stores: Stores, journeys: Journeys) -> SandboxClock:
    return SandboxClock(stores.db, stores.clocks, stores.order_schedule, stores.outbox, journeys)
