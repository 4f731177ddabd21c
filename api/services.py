"""What the routes work with: the stores, the journeys and the codes, put together by the runtime."""

from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from api.codes import Codes
from api.limits import PerOrder
from api.promising import Promising
from api.rates import Rates
from api.readiness import Lookout
from api.statuses import Statuses
from domain.notice_policy import ChannelName
from ports.carriers import CarrierSource
from ports.hooks import HookSender
from ports.storefronts import StorefrontSource
from store.attention import AttentionList
from store.audit import Audit
from store.channels import ChannelBook
from store.clock import Clocks
from store.database import Database
from store.hook_endpoints import HookEndpoints
from store.hook_lists import HookLists
from store.inbox import Inbox
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


@dataclass(frozen=True)
class Services:
    """One deployment's parts. `arrived` is set when something was put into the inbox, so that nobody polls in vain.

    `channel_objection`: why a URL cannot be that channel's, in one word; None when it can.
    """

    db: Database
    journeys: Journeys
    codes: Codes
    sources: Mapping[str, CarrierSource]
    storefronts: Mapping[str, StorefrontSource]
    orders: Orders
    records: JourneyRecords
    standings: Standings
    merchants: Merchants
    poll_accounts: PollAccounts
    promising: Promising
    clocks: Clocks
    vault: Vault
    inbox: Inbox
    outbox: Outbox
    mailbox: StoreMailbox
    audit: Audit
    attention: AttentionList
    returns: Returns
    hook_endpoints: HookEndpoints
    hook_lists: HookLists
    hook_sender: HookSender
    preferences: Preferences
    channel_book: ChannelBook
    channel_objection: Callable[[ChannelName, str], Awaitable[str | None]]
    lookout: Lookout
    lanes: PerOrder = field(default_factory=PerOrder)
    statuses: Statuses = field(default_factory=Statuses)
    metrics_open: bool = False
    rates: Rates = field(default_factory=Rates)
    arrived: Event = field(default_factory=Event)
