"""What the routes work with: the stores, the journeys and the codes, put together by the runtime."""

from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from api.codes import TokenSigner
from api.limits import PerOrderLimiter
from api.promising import PromiseCalculator
from api.rates import RateLimiter
from api.readiness import ReadinessProbe
from api.statuses import StatusCache
from domain.notice_policy import ChannelName
from ports.carriers import CarrierSource
from ports.hooks import WebhookTransport
from ports.storefronts import StorefrontSource
from store.attention import AttentionList
from store.audit import AuditLog
from store.channels import ChannelConfigs
from store.clock import Clocks
from store.database import Database
from store.hook_endpoints import WebhookEndpoints
from store.hook_lists import DeliveryLog
from store.inbox import Inbox
from store.mailbox import StoreMailbox
from store.merchants import Merchants
from store.orders import Orders
from store.outbox import Outbox
from store.poll_accounts import StoredCarrierAccounts
from store.preferences import Preferences
from store.records import SnapshotStore
from store.returns import Returns
from store.standings import OrderVersions
from store.vault import Vault
from workflows.journeys import Journeys


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
