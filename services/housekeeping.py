"""Housekeeping: finishes what a crash left behind and deletes what is not needed any more."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.isolation import isolated
from services.journeys import Journeys, JourneyUnavailable
from services.privacy.erasure import Erasures
from services.privacy.nightly import NightlyRetention
from services.started_orders import StartedOrders
from services.withdrawals.steps import WithdrawalSteps
from store.engine.columns import real_now
from store.engine.database import Database
from store.figures.sums import FigureSums
from store.inbox.inbox import Inbox
from store.ledger import redemption_steps, store_credit
from store.ledger.expiry_notices import write_notices
from store.merchants.clock import Clocks
from store.merchants.openid_attempts import OpenIdAttempts
from store.merchants.policies import Policies
from store.merchants.user_sessions import UserSessions
from store.orders.attention_claims import AttentionClaims
from store.orders.schedule import BATCH, OrderSchedule
from store.webhooks.deliveries import WebhookDeliveries

_MAX_CONSECUTIVE_TIMEOUTS = (
    3  # orders in a row; then it is Temporal that does not answer, and the next sweep tries again
)
_SESSIONS_KEPT = timedelta(days=60)
_UNSTARTED_AFTER = timedelta(seconds=5)  # then a crash, or Temporal that did not answer, left the order so


@dataclass(frozen=True)
class Housekeeping:
    """Runs every few seconds. All it does is keyed, so that several may run at the same time."""

    db: Database
    journeys: Journeys
    started: StartedOrders
    order_schedule: OrderSchedule
    clocks: Clocks
    policies: Policies
    inbox: Inbox
    webhooks: WebhookDeliveries
    erasures: Erasures
    retention: NightlyRetention
    withdrawals: WithdrawalSteps
    sessions: UserSessions
    openid_attempts: OpenIdAttempts
    # Orders whose journey did not answer in the last sweep.
    _unresponsive: set[str] = field(default_factory=set)

    async def sweep(self) -> int:
        """Start orders that were left unstarted, give up what waited too long, let old credit expire."""
        more = await self._start_unstarted()
        await self.inbox.dead_letter_parked()
        await self.webhooks.dead_letter_paused()
        await self._expire_credit()
        await self._add_up_figures()
        return more

    async def serve_persons(self) -> int:
        """One step of a withdrawal that was stated, and of an erasure that was approved; 0 when there is none."""
        return await self.withdrawals.step() + await self.erasures.step()

    async def purge(self) -> int:
        """Delete what is not needed any more and may hold traces of people."""
        await self.retention.run_due()
        await AttentionClaims(self.db).purge()
        await self.sessions.prune(real_now() - _SESSIONS_KEPT)
        await self.openid_attempts.prune()
        await self.db.overwrite_deleted()
        return 0

    async def _start_unstarted(self) -> int:
        """Orders that did not answer last time come last: a few broken ones must not keep the others waiting.

        How many were started of a full batch: then more may wait, as after an outage. 0 where one could not be started.

        Of those that this process has started, and of those that run already, it is only written that they do.
        """
        await self.started.mark()
        rows = await self.order_schedule.unstarted(real_now() - _UNSTARTED_AFTER)
        before = {*self._unresponsive}
        self._unresponsive.clear()
        timeouts = defects = 0
        for row in sorted(rows, key=lambda row: row.id in before):
            try:
                defects += await isolated(f"order {row.id}", self._start(row.merchant, row.id)) is not None
                timeouts = 0
            except JourneyUnavailable:
                self._unresponsive.add(row.id)
                timeouts += 1
            if timeouts == _MAX_CONSECUTIVE_TIMEOUTS:
                self._unresponsive.update(before)
                break
        await self.started.mark()
        return len(rows) if len(rows) == BATCH and not (self._unresponsive or defects) else 0

    async def _start(self, merchant: str, order: str) -> None:
        await self.journeys.start(merchant, order)
        self.started.remember(order)

    async def _expire_credit(self) -> None:
        """Authorizations first: credit that they give back may expire in the same sweep."""
        authorized = await redemption_steps.merchants_with_authorizations(self.db)
        earliest = await store_credit.earliest_expiry(self.db)
        for merchant, ends_at in authorized.items():
            await isolated(f"authorizations of {merchant}", self._end_authorizations(merchant, ends_at))
        for merchant, expires_at in earliest.items():
            await isolated(f"credit of {merchant}", self._expire(merchant, expires_at))

    async def _add_up_figures(self) -> None:
        figures = FigureSums(self.db)
        for merchant in await figures.pending():
            await isolated(f"figures of {merchant}", figures.add_up(merchant))

    async def _end_authorizations(self, merchant: str, ends_at: datetime) -> None:
        now = await self.clocks.business_now(merchant)
        if ends_at <= now:
            async with self.db.write() as session:
                await redemption_steps.expire_authorizations(session, merchant, now)

    async def _expire(self, merchant: str, expires_at: datetime) -> None:
        """Customers are told before. `expires_at`: the earliest expiry of the merchant's credit."""
        now = await self.clocks.business_now(merchant)
        days = (await self.policies.in_force(merchant)).policy.credit.expiry_notices
        if days and expires_at <= now + timedelta(days=max(days)):
            async with self.db.write() as session:
                await write_notices(session, merchant, days, now)
        if expires_at <= now:
            async with self.db.write() as session:
                await store_credit.expire(session, merchant, now)
