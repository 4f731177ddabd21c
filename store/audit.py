"""The audit: who did what, also what was refused before any journey heard of it."""

import json
from datetime import datetime

from sqlmodel import col, select

from domain.actors import Actor
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.paging import Page, number_cursor, parse_number_cursor
from store.tables.all import AuditRow


class AuditLog:
    """The table of audit lines; only ever added to."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(
        self, merchant: str, actor: Actor, action: str, *, at: datetime, order: str = "", subject: str = "",
        details: dict[str, str | int] | None = None,
    ) -> None:  # fmt: skip
        """Add a line. `at`: business time; `order`: our id, empty for what concerns none; never personal data."""
        async with self._db.write() as session:
            session.add(
                audit_row(merchant, actor, action, at=at, order=order, subject=subject, details=details)
            )

    async def page(
        self, merchant: str, *, limit: int, order: str | None = None, cursor: str | None = None
    ) -> Page[AuditRow]:
        """Oldest first, of one order or of all. Raises BadCursor."""
        after = parse_number_cursor(cursor) if cursor else 0
        found = select(AuditRow).where(AuditRow.merchant == merchant, col(AuditRow.id) > after)
        if order is not None:
            found = found.where(AuditRow.order == order)
        async with self._db.read() as session:
            rows = [*(await session.exec(found.order_by(col(AuditRow.id)).limit(limit + 1))).all()]
        more = number_cursor(rows[limit - 1].id or 0) if len(rows) > limit else None
        return Page(rows[:limit], more)


def audit_row(
    merchant: str, actor: Actor, action: str, *, at: datetime, order: str = "", subject: str = "",
    details: dict[str, str | int] | None = None,
) -> AuditRow:  # fmt: skip
    """A line to be written with what it tells of; see `Audit.write`."""
    return AuditRow(
        merchant=merchant,
        order=order,
        at=at,
        written_at=real_now(),
        role=actor.role,
        name=actor.name,
        action=action,
        subject=subject,
        details=json.dumps(details or {}),
    )
