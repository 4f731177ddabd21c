"""Policies as merchants publish them: versions that are never changed, and the orders that keep each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from sqlalchemy import and_, bindparam, func
from sqlmodel import col, select

from domain.actors import Actor
from domain.model.terms import Policy
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.paging import Page, is_number, newest_first, number_cursor, page_of, parse_number_cursor
from store.tables.all import MerchantRow, OrderRow, PolicyRow

_IN_FORCE = (
    select(PolicyRow.version, PolicyRow.document, MerchantRow.paused_at, MerchantRow.letters)
    .join(
        MerchantRow,
        and_(col(MerchantRow.id) == PolicyRow.merchant, col(MerchantRow.policy) == PolicyRow.version),
    )
    .where(col(PolicyRow.merchant) == bindparam("merchant"))
)


@dataclass(frozen=True)
class NewPolicy:
    """A policy to publish.

    text: as the merchant wrote it, with comments.
    restores: the version that is published again by a rollback.
    """

    policy: Policy
    text: str
    restores: int | None = None


@dataclass(frozen=True)
class PublishOutcome:
    """What became of it.

    outcome: published; unchanged, because the version in force means the same; conflict, because another version is in force
        than the publisher expected.
    current: the version that is in force now.
    """

    outcome: Literal["published", "unchanged", "conflict"]
    current: PolicyRow


@dataclass(frozen=True)
class PolicyInForce:
    """The policy for new orders and for notices that leave now. `letters_held`: the merchant is paused, and so are letters."""

    version: int
    policy: Policy
    letters_held: bool


class Policies:
    """The table of policies."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def publish(
        self, merchant: str, new: NewPolicy, actor: Actor, expected: int | None = None
    ) -> PublishOutcome | None:
        """Put the policy in force for new orders; None for an unknown merchant. Publishers follow one another.

        expected: the version that must still be in force; None for any.
        """
        async with self._db.write() as session:
            row = await session.get(MerchantRow, merchant, with_for_update=True)
            if row is None:
                return None
            current = await session.get_one(PolicyRow, (merchant, row.policy))
            if expected is not None and expected != current.version:
                return PublishOutcome("conflict", current)
            if current.hash == new.policy.content_hash:
                return PublishOutcome("unchanged", current)
            published = policy_row(merchant, row.policy + 1, new, actor)
            row.policy = published.version
            session.add(published)
            session.add(audit_row(merchant, _audit_line(published, actor, row.clock or real_now())))
        return PublishOutcome("published", published)

    async def page(self, merchant: str, limit: int, cursor: str | None) -> Page[PolicyRow]:
        """The newest version first. Raises BadCursor."""
        found = select(PolicyRow).where(PolicyRow.merchant == merchant)
        if cursor is not None:
            found = found.where(col(PolicyRow.version) < parse_number_cursor(cursor))
        async with self._db.read_one() as session:
            rows = [
                *(await session.exec(found.order_by(col(PolicyRow.version).desc()).limit(limit + 1))).all()
            ]
        return page_of(rows, limit, lambda row: number_cursor(row.version))

    async def find(self, merchant: str, version: int) -> PolicyRow | None:
        if not is_number(version):
            return None
        async with self._db.read_one() as session:
            return await session.get(PolicyRow, (merchant, version))

    async def newest(self, merchant: str) -> int:
        """The version in force; 0 for an unknown merchant."""
        row = await self._db.fetch_row(_IN_FORCE, merchant=merchant)
        return row.version if row is not None else 0

    async def in_force(self, merchant: str) -> PolicyInForce:
        """The version that the merchant published last. Raises LookupError for an unknown merchant."""
        row = await self._db.fetch_row(_IN_FORCE, merchant=merchant)
        if row is None:
            raise LookupError(f"no merchant {merchant}")
        held = row.paused_at is not None and row.letters == "hold"
        return PolicyInForce(row.version, _parsed(row.document), held)

    async def orders_by_version(self, merchant: str, versions: Sequence[int]) -> dict[int, int]:
        """How many orders keep each of these versions."""
        found = (
            select(OrderRow.policy, func.count())
            .where(OrderRow.merchant == merchant, col(OrderRow.policy).in_(versions))
            .group_by(col(OrderRow.policy))
        )
        async with self._db.read_one() as session:
            return dict((await session.exec(found)).all())

    async def orders_before(self, merchant: str, version: int) -> int:
        """How many orders keep a version before that one."""
        found = select(func.count()).where(col(OrderRow.merchant) == merchant, col(OrderRow.policy) < version)
        async with self._db.read_one() as session:
            return (await session.exec(found)).one()

    async def orders(self, merchant: str, version: int, limit: int, cursor: str | None) -> Page[OrderRow]:
        """The orders that keep a version, the newest first. Raises BadCursor."""
        found = select(OrderRow).where(OrderRow.merchant == merchant, OrderRow.policy == version)
        by = (col(OrderRow.created_at), col(OrderRow.id))
        return await newest_first(self._db, found, by, limit, cursor)


@lru_cache(maxsize=256)
def _parsed(document: str) -> Policy:
    """A version is never changed, and each letter and command reads the one in force."""
    return Policy.model_validate_json(document)


def policy_row(merchant: str, version: int, new: NewPolicy, actor: Actor) -> PolicyRow:
    """The version as a row, not yet in the table."""
    return PolicyRow(
        merchant=merchant,
        version=version,
        document=new.policy.model_dump_json(),
        text=new.text,
        hash=new.policy.content_hash,
        role=actor.role,
        name=actor.name,
        restores=new.restores,
        published_at=real_now(),
    )


def _audit_line(published: PolicyRow, actor: Actor, at: datetime) -> AuditLine:
    details: dict[str, str | int] = {"version": published.version, "hash": published.hash}
    if published.restores is not None:
        details["restores"] = published.restores
    return AuditLine(actor, "policy_published", at, subject=f"policy {published.version}", details=details)
