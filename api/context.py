"""What routes and pages work with: the use cases of one deployment by subject, put together by the runtime."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from api.http.rate_limits import RateLimiter
from api.status_cache import StatusCache
from ports.carriers import CarrierSource
from ports.pages import PageRenderer
from ports.storefronts import StorefrontSource
from services.commands import CommandExecutor
from services.console.bulk import BulkWork
from services.console.macros import MacroService
from services.console.panel import CustomerPanel
from services.console.preferences import ConsolePreferences
from services.console.queue import AttentionQueue
from services.console.search_box import SearchBox
from services.credit import CreditService
from services.figures.dispositions import DispositionReports
from services.figures.reports import FigureReports
from services.gauges import Gauge
from services.inbound.mail_reports import MailReportService
from services.inbound.payment_webhooks import PaymentWebhooks
from services.inbound.replies import ReplyService
from services.inbound.scripted_parcels import ScriptedParcels
from services.inbox import InboxService
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
from services.notifications.choice_page import ChoicePages
from services.notifications.letter_previews import LetterPreviews
from services.notifications.mail_senders import MailSenderService
from services.notifications.preferences import PreferenceService
from services.notifications.push_devices import PushRegistrations
from services.notifications.suppressed_addresses import SuppressedAddresses
from services.order_names import OrderNames
from services.order_reader import OrderReader
from services.orders.changes import OrderChanges
from services.orders.conversations import Conversations
from services.orders.customer_links import CustomerLinks
from services.orders.customer_pages import CustomerPages
from services.orders.dispute_evidence import DisputeEvidenceReader
from services.orders.disputes import OrderDisputes
from services.orders.edits import OrderEdits
from services.orders.exchanges import OrderExchanges
from services.orders.feedback import OrderFeedback
from services.orders.history import OrderHistory
from services.orders.letter_answers import LetterAnswers
from services.orders.linked_orders import LinkedOrders
from services.orders.lookup import OrderLookup
from services.orders.payments import OrderPayments
from services.orders.placement import OrderPlacement
from services.orders.search import OrderSearch
from services.orders.timeline import OrderTimeline
from services.payments.differences import PaymentDifferenceService
from services.policies.backtesting import PolicyBacktests
from services.policies.publishing import PolicyService
from services.privacy.export import PersonExport
from services.privacy.requests import PrivacyRequestService
from services.privacy.retention import RetentionService
from services.readiness import ReadinessProbe
from services.replays.deliveries import DeliveryReplays
from services.replays.notices import NoticeReplays
from services.replays.storefront_updates import StorefrontUpdateReplays
from services.reports import ReportService
from services.returns.changes import ReturnChanges
from services.returns.code_pages import CodePages
from services.returns.dock import Dock
from services.returns.drop_offs import DropOffService
from services.returns.explaining import ReturnExplainer
from services.returns.opening import ReturnOpening
from services.returns.reader import ReturnReader
from services.returns.returnable import ReturnForms
from services.screen_watch import ScreenWatch
from services.staff.openid_settings import OpenIdSettingsService
from services.staff.openid_sign_in import OpenIdSignIn
from services.staff.second_factor import SecondFactor
from services.staff.sign_in import SignIn
from services.staff.users import UserService
from services.staff_orders.approval_decisions import ApprovalDecisions
from services.staff_orders.previews import CommandPreviews
from services.staff_orders.staff_commands import StaffCommands
from services.staff_orders.staff_page import StaffPages
from services.staff_orders.undo_window import UndoWindow
from services.webhooks.endpoints import WebhookEndpointService
from services.withdrawals.service import WithdrawalService


@dataclass(frozen=True)
class OrderServices:
    """Orders: found and read, placed, changed, explained, opened to their customers."""

    reader: OrderReader
    search: OrderSearch
    placement: OrderPlacement
    payments: OrderPayments
    disputes: OrderDisputes
    evidence: DisputeEvidenceReader
    edits: OrderEdits
    exchanges: OrderExchanges
    changes: OrderChanges
    history: OrderHistory
    timeline: OrderTimeline
    links: CustomerLinks
    linked: LinkedOrders
    conversations: Conversations
    letter_answers: LetterAnswers
    feedback: OrderFeedback
    pages: CustomerPages
    lookup: OrderLookup
    watch: ScreenWatch[int]
    notice_replays: NoticeReplays
    storefront_updates: StorefrontUpdateReplays


@dataclass(frozen=True)
class StaffOrderServices:
    """What staff do with one order: the order on one page, their commands, with a preview of each and a while to take it back."""

    commands: StaffCommands
    previews: CommandPreviews
    undo: UndoWindow
    approvals: ApprovalDecisions
    pages: StaffPages


@dataclass(frozen=True)
class ReturnServices:
    """Returns: found and read, quoted and opened, changed, handed in; and withdrawals from contracts."""

    reader: ReturnReader
    forms: ReturnForms
    opening: ReturnOpening
    changes: ReturnChanges
    drop_offs: DropOffService
    code_pages: CodePages
    withdrawals: WithdrawalService
    explainer: ReturnExplainer
    dock: Dock


@dataclass(frozen=True)
class CustomerServices:
    """Customers: what they want to be sent, their store credit, what they demand of their data, and their pages."""

    preferences: PreferenceService
    choices: ChoicePages
    suppressions: SuppressedAddresses
    credit: CreditService
    privacy: PrivacyRequestService
    export: PersonExport
    push: PushRegistrations
    retention: RetentionService
    pages: PageRenderer


@dataclass(frozen=True)
class MerchantServices:
    """Merchants: created, and set up with what they send and receive."""

    accounts: MerchantService
    keys: KeyService
    policies: PolicyService
    backtests: PolicyBacktests
    carrier_accounts: CarrierAccountService
    payment_accounts: PaymentAccountService
    payment_differences: PaymentDifferenceService
    origins: OriginService
    shop_systems: ShopSystemService
    channels: ChannelSettings
    channel_trials: ChannelTrials
    mail_senders: MailSenderService
    branding: BrandingService
    letter_previews: LetterPreviews
    webhook_endpoints: WebhookEndpointService
    sandbox_clock: SandboxClock
    reports: ReportService
    figures: FigureReports
    dispositions: DispositionReports
    ledger: LedgerReports


@dataclass(frozen=True)
class ConsoleServices:
    """People who work with orders: what waits for them, and who does it."""

    queue: AttentionQueue
    names: OrderNames
    watch: ScreenWatch[str]
    search: SearchBox
    preferences: ConsolePreferences
    bulk: BulkWork
    macros: MacroService
    panel: CustomerPanel


@dataclass(frozen=True)
class StaffServices:
    """The people of merchants: their accounts, how they sign in, and their second factor."""

    users: UserService
    sign_in: SignIn
    second_factor: SecondFactor
    openid: OpenIdSignIn
    openid_settings: OpenIdSettingsService


@dataclass(frozen=True)
class InboundServices:
    """Deliveries of carriers and storefronts, by source, and customers' replies."""

    carriers: Mapping[str, CarrierSource]
    storefronts: Mapping[str, StorefrontSource]
    payments: PaymentWebhooks
    inbox: InboxService
    replies: ReplyService
    mail_reports: MailReportService
    replays: DeliveryReplays
    scripted_parcels: ScriptedParcels


@dataclass(frozen=True)
class Operations:
    """How this process stands, and what it may be asked. `gauges`: figures of the store, for `/metrics`."""

    readiness: ReadinessProbe
    gauges: Callable[[], Awaitable[Iterable[Gauge]]]
    metrics_open: bool = False
    version: str = ""
    commit: str = ""
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    status_cache: StatusCache = field(default_factory=StatusCache)


@dataclass(frozen=True)
class Services:
    """The use cases of one deployment."""

    commands: CommandExecutor
    orders: OrderServices
    staff_orders: StaffOrderServices
    returns: ReturnServices
    customers: CustomerServices
    merchants: MerchantServices
    console: ConsoleServices
    staff: StaffServices
    inbound: InboundServices
    operations: Operations
