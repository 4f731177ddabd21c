"""What was left behind is taken up, and what nobody needs any more is forgotten."""

from datetime import datetime, timedelta

from services.isolation import isolated
from services.journeys import Journeys, JourneyUnavailable
from store.engine.columns import real_now
from store.engine.database import Database
from store.idempotency import StoreIdempotency
from store.inbox.inbox import Inbox
from store.ledger import store_credit
from store.merchants.clock import Clocks
from store.orders.orders import Orders
from store.webhooks.deliveries import WebhookDeliveries

_RETENTION = timedelta(days=60)  # raw messages and answers under keys: longer than anybody repeats them
_MAX_CONSECUTIVE_TIMEOUTS = (
    3  # orders in a row; then it is Temporal that does not answer, and the next sweep tries again
)
_UNSTARTED_AFTER = timedelta(seconds=5)  # an order without a journey after that was left by a crash


class Housekeeping:
    """Comes by every few seconds. All it does is keyed, so several may."""

    def __init__(
        self, db: Database, journeys: Journeys, answers: StoreIdempotency, hooks: WebhookDeliveries
    ) -> None:
        self._db, self._journeys, self._answers, self._hooks = db, journeys, answers, hooks
        self._inbox, self._orders, self._clocks = Inbox(db), Orders(db), Clocks(db)
        self._silent: set[str] = set()

    async def sweep(self) -> int:
        """Start orders that a crash left unstarted, bury what waited too long, let old credit expire."""
        await self._start_unstarted()
        await self._inbox.dead_letter_parked()
        await self._hooks.dead_letter_paused()
        await self._expire_credit()
        return 0

    async def _start_unstarted(self) -> None:
        """The one that did not answer last time comes last: a few broken orders must not keep the others waiting."""
        rows = await self._orders.unstarted(real_now() - _UNSTARTED_AFTER)
        silent_before, self._silent = self._silent, set()
        in_a_row = 0
        for row in sorted(rows, key=lambda row: row.id in silent_before):
            try:
                await isolated(f"order {row.id}", self._journeys.ensure_started(row.merchant, row.id))
                in_a_row = 0
            except JourneyUnavailable:
                self._silent.add(row.id)
                in_a_row += 1
            if in_a_row == _MAX_CONSECUTIVE_TIMEOUTS:
                self._silent |= silent_before
                return

    async def purge(self) -> int:
        """Forget what nobody needs any more and what may hold traces of people."""
        await self._inbox.purge_bodies(real_now() - _RETENTION)
        await self._answers.prune(real_now() - _RETENTION)
        await self._hooks.prune(real_now() - _RETENTION)
        return 0

    async def _expire_credit(self) -> None:
        async with self._db.read() as session:
            oldest = await store_credit.earliest_expiry(session)
        for merchant, expires_at in oldest.items():
            await isolated(f"credit of {merchant}", self._expire(merchant, expires_at))

    async def _expire(self, merchant: str, expires_at: datetime) -> None:
        now = await self._clocks.business_now(merchant)
        if expires_at <= now:
            async with self._db.write() as session:
                await store_credit.expire(session, merchant, now)
