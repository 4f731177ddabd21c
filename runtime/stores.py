"""The stores of a process: each made once, on one database and with the deployment's keys, and handed to all that use it."""

from dataclasses import dataclass

from store.audit import AuditLog
from store.engine.database import Database
from store.figures.sums import FigureSums
from store.idempotency import StoreIdempotency
from store.inbox.erasure import KeptBodies
from store.inbox.inbox import Inbox
from store.inbox.tracking_numbers import TrackingNumbers
from store.ledger.differences import PaymentDifferences
from store.ledger.provider_legs import ProviderLegs
from store.merchants.api_keys import ApiKeys
from store.merchants.brandings import Brandings
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants
from store.merchants.openid_attempts import OpenIdAttempts
from store.merchants.openid_providers import StoredOpenIdProviders
from store.merchants.origins import StoredOrigins
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.merchants.policies import Policies
from store.merchants.privacy_requests import PrivacyRequests
from store.merchants.retention_runs import RetentionRuns
from store.merchants.shop_systems import StoredShopSystems
from store.merchants.user_sessions import UserSessions
from store.merchants.users import Users
from store.notifications.bounced_notices import BouncedNotices
from store.notifications.brands import Brands
from store.notifications.channels import ChannelConfigs
from store.notifications.languages import CustomerLanguages
from store.notifications.letters import Letters
from store.notifications.mail_senders import MailSenders
from store.notifications.outbox import Outbox
from store.notifications.preferences import Preferences
from store.notifications.push_devices import StoredPushDevices
from store.notifications.suppressions import Suppressions
from store.orders.approvals import Approvals
from store.orders.attention import AttentionList
from store.orders.attention_claims import AttentionClaims
from store.orders.customer_history import CustomerHistories
from store.orders.links import LinkEpochs
from store.orders.named_orders import NamedOrders
from store.orders.orders import Orders
from store.orders.returns import Returns
from store.orders.schedule import OrderSchedule
from store.orders.search import OrderIndex
from store.orders.snapshots import SnapshotStore
from store.orders.storefront_updates import StorefrontUpdates
from store.orders.unknown_goods import UnknownGoods
from store.orders.versions import OrderVersions
from store.orders.withdrawals import Withdrawals
from store.privacy.encryption import DeploymentKeys
from store.privacy.persons import Persons
from store.privacy.processes import Processes
from store.privacy.vault import Vault
from store.webhooks.backlogs import WebhookBacklogs
from store.webhooks.deliveries import WebhookDeliveries
from store.webhooks.delivery_log import DeliveryLog
from store.webhooks.endpoints import WebhookEndpoints
from store.webhooks.replays import WebhookReplays


@dataclass(frozen=True)
class Stores:
    """Everything that is stored, by table."""

    db: Database
    keys: DeploymentKeys
    processes: Processes
    vault: Vault
    persons: Persons
    privacy_requests: PrivacyRequests
    withdrawals: Withdrawals
    retention_runs: RetentionRuns
    kept_bodies: KeptBodies
    audit: AuditLog
    idempotency: StoreIdempotency
    # orders
    orders: Orders
    named_orders: NamedOrders
    approvals: Approvals
    order_search: OrderIndex
    order_schedule: OrderSchedule
    snapshots: SnapshotStore
    versions: OrderVersions
    returns: Returns
    customer_histories: CustomerHistories
    attention: AttentionList
    attention_claims: AttentionClaims
    figures: FigureSums
    # money
    provider_legs: ProviderLegs
    payment_differences: PaymentDifferences
    unknown_goods: UnknownGoods
    # merchants
    merchants: Merchants
    policies: Policies
    clocks: Clocks
    link_epochs: LinkEpochs
    api_keys: ApiKeys
    users: Users
    user_sessions: UserSessions
    openid_providers: StoredOpenIdProviders
    openid_attempts: OpenIdAttempts
    carrier_accounts: StoredCarrierAccounts
    payment_accounts: StoredPaymentAccounts
    shop_systems: StoredShopSystems
    origins: StoredOrigins
    # deliveries to us, notices and webhooks from us
    inbox: Inbox
    tracking_numbers: TrackingNumbers
    outbox: Outbox
    letters: Letters
    preferences: Preferences
    languages: CustomerLanguages
    push_devices: StoredPushDevices
    mail_senders: MailSenders
    suppressions: Suppressions
    bounced_notices: BouncedNotices
    brands: Brands
    brandings: Brandings
    channels: ChannelConfigs
    webhook_endpoints: WebhookEndpoints
    webhook_deliveries: WebhookDeliveries
    delivery_log: DeliveryLog
    webhook_backlogs: WebhookBacklogs
    webhook_replays: WebhookReplays
    storefront_updates: StorefrontUpdates


def make_stores(db: Database, keys: DeploymentKeys) -> Stores:
    """`keys`: the deployment's."""
    vault = Vault(db, keys)
    return Stores(
        db=db,
        keys=keys,
        processes=Processes(db),
        vault=vault,
        persons=Persons(db),
        privacy_requests=PrivacyRequests(db),
        withdrawals=Withdrawals(db),
        retention_runs=RetentionRuns(db),
        kept_bodies=KeptBodies(db, keys),
        audit=AuditLog(db),
        idempotency=StoreIdempotency(db, keys),
        orders=Orders(db),
        named_orders=NamedOrders(db),
        approvals=Approvals(db),
        order_search=OrderIndex(db),
        order_schedule=OrderSchedule(db),
        snapshots=SnapshotStore(db),
        versions=OrderVersions(db),
        returns=Returns(db),
        customer_histories=CustomerHistories(db),
        attention=AttentionList(db),
        attention_claims=AttentionClaims(db),
        figures=FigureSums(db),
        provider_legs=ProviderLegs(db),
        payment_differences=PaymentDifferences(db),
        unknown_goods=UnknownGoods(db),
        merchants=Merchants(db, keys),
        policies=Policies(db),
        clocks=Clocks(db),
        link_epochs=LinkEpochs(db),
        api_keys=ApiKeys(db, keys),
        users=Users(db, keys),
        user_sessions=UserSessions(db),
        openid_providers=StoredOpenIdProviders(db, keys),
        openid_attempts=OpenIdAttempts(db, keys),
        carrier_accounts=StoredCarrierAccounts(db, keys),
        payment_accounts=StoredPaymentAccounts(db, keys),
        shop_systems=StoredShopSystems(db, keys),
        origins=StoredOrigins(db),
        inbox=Inbox(db, keys),
        tracking_numbers=TrackingNumbers(db),
        outbox=Outbox(db),
        letters=Letters(db, vault, keys),
        preferences=Preferences(db),
        languages=CustomerLanguages(db),
        push_devices=StoredPushDevices(db, vault, keys),
        mail_senders=MailSenders(db),
        suppressions=Suppressions(db, vault, keys),
        bounced_notices=BouncedNotices(db),
        brands=Brands(db),
        brandings=Brandings(db),
        channels=ChannelConfigs(db, keys),
        webhook_endpoints=WebhookEndpoints(db, keys),
        webhook_deliveries=WebhookDeliveries(db),
        delivery_log=DeliveryLog(db),
        webhook_backlogs=WebhookBacklogs(db),
        webhook_replays=WebhookReplays(db),
        storefront_updates=StorefrontUpdates(db),
    )
