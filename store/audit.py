"""The audit log: who did what, also what was refused before it reached a journey."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, or_, select

from domain.actors import Actor
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.paging import Page, latest_first, oldest_first
from store.tables.all import AuditRow


@dataclass(frozen=True)
class AuditLine:
    """One line of the log. It never holds personal data.

    at: business time.
    order: our id; empty when the line concerns no order.
    subject: what was changed: a return, an endpoint, a channel.
    """

    actor: Actor
    action: str
    at: datetime
    order: str = ""
    subject: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditFilter:
    """Which lines, and in which order. actor: a role, or the id of a key or a user; empty for all."""

    actor: str = ""
    newest_first: bool = False


class AuditLog:
    """The table of audit lines. Lines are only ever added."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, merchant: str, line: AuditLine) -> None:
        """Add a line, in a transaction of its own."""
        async with self._db.write() as session:
            session.add(audit_row(merchant, line))

    async def page(
        self,
        merchant: str,
        *,
        limit: int,
        order: str | None = None,
        cursor: str | None = None,
        wanted: AuditFilter | None = None,
    ) -> Page[AuditRow]:
        """Of one order or of all, oldest first unless wanted otherwise. Raises BadCursor."""
        wanted = wanted or AuditFilter()
        found = select(AuditRow).where(AuditRow.merchant == merchant)
        if order is not None:
            found = found.where(AuditRow.order == order)
        if wanted.actor:
            found = found.where(or_(col(AuditRow.role) == wanted.actor, col(AuditRow.name) == wanted.actor))
        by_number = latest_first if wanted.newest_first else oldest_first
        return await by_number(self._db, found, col(AuditRow.id), limit, cursor)

    async def newest(self, merchant: str, order: str, limit: int) -> list[AuditRow]:
        """The newest lines of an order, the oldest of them first."""
        found = select(AuditRow).where(AuditRow.merchant == merchant, AuditRow.order == order)
        async with self._db.read_one() as session:
            rows = (await session.exec(found.order_by(col(AuditRow.id).desc()).limit(limit))).all()
        return [*reversed(rows)]


def audit_row(merchant: str, line: AuditLine) -> AuditRow:
    """The line as a row, to be written in the transaction that makes the change."""
    return AuditRow(
        merchant=merchant,
        order=line.order,
        at=line.at,
        written_at=real_now(),
        role=line.actor.role,
        name=line.actor.name,
        action=line.action,
        subject=line.subject,
        details=json.dumps(dict(line.details)),
    )
