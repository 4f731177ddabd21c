"""The nightly run: what merchants keep no longer than so many days is deleted, and persons who left long ago are erased."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

from domain.actors import Actor, Role
from domain.model.retention import RetentionTerms
from services.isolation import isolated
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.idempotency import StoreIdempotency
from store.inbox.erasure import PLATFORM
from store.inbox.inbox import APPLIED, NOT_APPLIED, Inbox
from store.merchants.clock import Clocks
from store.merchants.policies import Policies
from store.merchants.retention_runs import RetentionRuns
from store.orders.withdrawals import Withdrawals
from store.privacy.persons import Persons
from store.privacy.vault import Vault
from store.webhooks.deliveries import WebhookDeliveries

_ACTOR: Final = Actor(role=Role.SYSTEM, name="retention")
_PAGE: Final = 200  # persons


@dataclass(frozen=True)
class NightlyRetention:
    """Deletes by the policy in force. Every step may be cut off and done again."""

    runs: RetentionRuns
    policies: Policies
    inbox: Inbox
    answers: StoreIdempotency
    webhooks: WebhookDeliveries
    persons: Persons
    withdrawals: Withdrawals
    vault: Vault
    clocks: Clocks

    async def run_due(self) -> None:
        """All merchants without a run since midnight (UTC), and what belongs to no merchant."""
        await self._delete(PLATFORM, RetentionTerms())
        for merchant in await self.runs.due(_midnight(real_now())):
            await isolated(f"retention of {merchant}", self.run(merchant))

    async def run(self, merchant: str) -> None:
        """One merchant, now."""
        terms = (await self.policies.in_force(merchant)).policy.retention
        deleted = await self._delete(merchant, terms)
        deleted["persons"] = await self._erase(merchant, terms.persons)
        now = real_now()
        await self.runs.record(merchant, now, _midnight(now), deleted)

    async def _delete(self, merchant: str, terms: RetentionTerms) -> dict[str, int]:
        now = real_now()
        return {
            "messages": await self.inbox.purge_bodies(
                merchant, APPLIED, now - timedelta(days=terms.messages)
            ),
            "dead_messages": await self.inbox.purge_bodies(
                merchant, NOT_APPLIED, now - timedelta(days=terms.dead_messages)
            ),
            "answers": await self.answers.prune(merchant, now - timedelta(days=terms.answers)),
            "webhook_events": await self.webhooks.prune(merchant, now - timedelta(days=terms.webhook_events)),
        }

    async def _erase(self, merchant: str, days: int | None) -> int:
        """Kept messages about these persons are gone by then: the policy keeps none for longer than persons."""
        if days is None:
            return 0
        now, erased, after = await self.clocks.business_now(merchant), 0, ""
        before = now - timedelta(days=days)
        while page := await self.persons.ended(merchant, before, after, _PAGE):
            for customer in page:
                erased += await self._erase_person(merchant, customer, now)
            after = page[-1]
        return erased + await self._erase_statements(merchant, before)

    async def _erase_statements(self, merchant: str, before: datetime) -> int:
        """Statements of withdrawal that are decided and lie under no customer's key."""
        erased = 0
        while page := await self.withdrawals.with_own_key(merchant, "", _PAGE, decided_before=before):
            for one in page:
                erased += await self.vault.erase(merchant, one.id)
        return erased

    async def _erase_person(self, merchant: str, customer: str, now: datetime) -> int:
        orders = await self.persons.orders(merchant, [customer], limit=1_000)
        line = partial(AuditLine, _ACTOR, "person_erased", now, details={"by": "retention"})
        return int(
            await self.vault.erase(
                merchant, customer, [audit_row(merchant, line(order=one.id)) for one in orders]
            )
        )


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.date(), time(), now.tzinfo)
