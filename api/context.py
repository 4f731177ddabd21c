"""What the routes work with: the stores, the journeys and the codes, put together by the runtime."""

from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from api.per_order_limiter import PerOrderLimiter
from api.rate_limits import RateLimiter
from api.readiness import ReadinessProbe
from api.status_cache import StatusCache
from domain.model.notice_policy import ChannelName
from ports.carriers import CarrierSource
from ports.storefronts import StorefrontSource
from ports.webhooks import WebhookTransport
from services.delivery_promise import PromiseCalculator
from services.journeys import Journeys
from services.tokens import TokenSigner
from store.audit import AuditLog
from store.engine.database import Database
from store.inbox.inbox import Inbox
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
from store.webhooks.delivery_log import DeliveryLog
from store.webhooks.endpoints import WebhookEndpoints


@dataclass(frozen=True)
class Services:
    """One deployment's parts. `inbox_changed` is set when something was put into the inbox, so that nobody polls in vain.

    `channel_url_error`: why a URL cannot be that channel's, in one word; None when it can.
    """

    db: Database
    journeys: Journeys
    tokens: TokenSigner
    sources: Mapping[str, CarrierSource]
    storefronts: Mapping[str, StorefrontSource]
    orders: Orders
    snapshots: SnapshotStore
    snapshot_versions: OrderVersions
    merchants: Merchants
    carrier_accounts: StoredCarrierAccounts
    promise_calculator: PromiseCalculator
    clocks: Clocks
    vault: Vault
    inbox: Inbox
    outbox: Outbox
    mailbox: StoreMailbox
    audit: AuditLog
    attention: AttentionList
    returns: Returns
    webhook_endpoints: WebhookEndpoints
    delivery_log: DeliveryLog
    webhook_sender: WebhookTransport
    preferences: Preferences
    channel_book: ChannelConfigs
    channel_url_error: Callable[[ChannelName, str], Awaitable[str | None]]
    readiness_probe: ReadinessProbe
    per_order_limiter: PerOrderLimiter = field(default_factory=PerOrderLimiter)
    status_cache: StatusCache = field(default_factory=StatusCache)
    metrics_open: bool = False
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    inbox_changed: Event = field(default_factory=Event)
