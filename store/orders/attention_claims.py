"""Who works on which open question. Of two who claim the same question at once, one gets it."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlmodel import and_, col, delete, exists
from sqlmodel.ext.asyncio.session import AsyncSession

from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.tables.all import AttentionClaimRow, AttentionRow

_KEPT = timedelta(
    hours=1
)  # a claim without its question: its commit may be about to write the question again


class ClaimStep(NamedTuple):
    """A change of who works on a question.

    item: the question in the queue. to: who works on it from now on; empty for no person.
    expected: who is thought to work on it: a tuple of one or more, the empty one for no person.
    """

    item: str
    to: str
    expected: tuple[str, ...]


class ClaimOutcome(NamedTuple):
    """`holder`: who works on it now; empty for no person. unchanged: it was so before."""

    verdict: Literal["changed", "unchanged", "held"]
    holder: str


class AttentionClaims:
    """The table of claims."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def change(self, merchant: str, step: ClaimStep, audit: AuditLine) -> ClaimOutcome:
        """Change who works on the question, with a line of the audit, unless another than expected does."""
        async with self._db.write() as session:
            outcome = await _change(session, merchant, step)
            if outcome.verdict == "changed":
                session.add(audit_row(merchant, audit))
            return outcome

    async def purge(self, now: datetime | None = None) -> int:
        """Delete the claims of questions that are closed."""
        asked = exists().where(
            col(AttentionRow.merchant) == col(AttentionClaimRow.merchant),
            col(AttentionRow.item) == col(AttentionClaimRow.item),
        )
        old = col(AttentionClaimRow.claimed_at) < (now or real_now()) - _KEPT
        async with self._db.write() as session:
            return (await session.exec(delete(AttentionClaimRow).where(and_(old, ~asked)))).rowcount


async def _change(session: AsyncSession, merchant: str, step: ClaimStep) -> ClaimOutcome:
    fresh = AttentionClaimRow(merchant=merchant, item=step.item, holder=step.to, claimed_at=real_now())
    if step.to and "" in step.expected and await insert_new(session, fresh):
        return ClaimOutcome("changed", step.to)
    row = await session.get(AttentionClaimRow, (merchant, step.item), with_for_update=True)
    holder = row.holder if row else ""
    if holder == step.to:
        return ClaimOutcome("unchanged", holder)
    if row is None or holder not in step.expected:
        return ClaimOutcome("held", holder)
    if not step.to:
        await session.delete(row)
    row.holder, row.claimed_at = (step.to or row.holder), real_now()
    return ClaimOutcome("changed", step.to)
