"""What people have tried again: made for the API and for the command line alike."""

import asyncio

from runtime.stores import Stores
from services.replays.deliveries import DeliveryReplays
from services.replays.notices import NoticeReplays
from services.replays.replayer import ReplayAudit
from services.replays.storefront_updates import StorefrontUpdateReplays
from store.inbox.replays import InboxReplays
from store.notifications.dead_notices import DeadNotices
from store.notifications.letters_again import LettersAgain


def make_delivery_replays(stores: Stores, changed: asyncio.Event) -> DeliveryReplays:
    """`changed`: wakes the dispatcher of this process, if it has one."""
    return DeliveryReplays(stores.inbox, InboxReplays(stores.db), _audit(stores), changed)


def make_notice_replays(stores: Stores) -> NoticeReplays:
    return NoticeReplays(DeadNotices(stores.db, stores.outbox), _audit(stores), LettersAgain(stores.db))


def make_storefront_replays(stores: Stores) -> StorefrontUpdateReplays:
    return StorefrontUpdateReplays(stores.storefront_updates, _audit(stores))


def _audit(stores: Stores) -> ReplayAudit:
    return ReplayAudit(stores.audit, stores.clocks, stores.vault)
