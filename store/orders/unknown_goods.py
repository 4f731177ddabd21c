"""Goods at a dock that are of no return we know: kept once by the name of their receipt, listed, and closed by a person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import and_, col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.actors import Actor
from store.audit import AuditLine, audit_row
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, cursor_of, page_of, parse_cursor
from store.tables.all import AttentionRow, UnknownGoodsRow

KIND = "unknown_goods"  # of the question
DEADLINE = timedelta(days=3)

Claim = Literal["new", "again", "taken"]
"""Whether goods are to be received by a return now: by it for the first time, by it again, or by another one."""


@dataclass(frozen=True)
class GoodsClosing:
    """How a case ended. return_id, disposition: empty where there is none. at: business time. note: sealed."""

    by: Actor
    note: str
    at: datetime
    return_id: str = ""
    disposition: str = ""


class UnknownGoods:
    """The table of such goods. Goods of another merchant are never found."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep(self, row: UnknownGoodsRow, actor: Actor) -> UnknownGoodsRow:
        """Keep them, with a question to an agent; what is kept already stays as it is. What is kept then."""
        async with self._db.write() as session:
            if await insert_new(session, row):
                await insert_new(session, _question(row))
                line = AuditLine(actor, "unknown_goods_received", row.received_at, subject=row.id)
                session.add(audit_row(row.merchant, line))
            return await session.get_one(UnknownGoodsRow, (row.merchant, row.id))

    async def claim(self, merchant: str, id: str, return_id: str) -> Claim | None:
        """Name the return that is to receive them, before it does: no other one receives them. None without an open case."""
        async with self._db.write() as session:
            row = await _open_case(session, merchant, id)
            if row is None:
                return None
            if row.return_id:
                return "again" if row.return_id == return_id else "taken"
            row.return_id = return_id
            return "new"

    async def release(self, merchant: str, id: str, return_id: str) -> None:
        """Take `claim` back: that return has not received them."""
        async with self._db.write() as session:
            row = await _open_case(session, merchant, id)
            if row is not None and row.return_id == return_id:
                row.return_id = ""

    async def close(
        self, merchant: str, id: str, closing: GoodsClosing
    ) -> UnknownGoodsRow | Literal["taken"] | None:
        """A person has dealt with them; None where no open case has that id, "taken" while another return is to receive them."""
        async with self._db.write() as session:
            row = await _open_case(session, merchant, id)
            if row is None:
                return None
            if row.return_id not in ("", closing.return_id):
                return "taken"
            row.open, row.closed_at, row.closed_by = False, closing.at, closing.by.name
            row.note, row.return_id = closing.note, closing.return_id
            row.disposition = closing.disposition or row.disposition
            asked = and_(
                col(AttentionRow.order) == "",
                col(AttentionRow.id) == keys.unknown_goods_question(merchant, id),
            )
            await session.exec(delete(AttentionRow).where(asked))
            details: dict[str, str | int] = {"return": closing.return_id}
            line = AuditLine(closing.by, "unknown_goods_closed", closing.at, subject=id, details=details)
            session.add(audit_row(merchant, line))
            return row

    async def find(self, merchant: str, id: str) -> UnknownGoodsRow | None:
        """One case, open or closed."""
        async with self._db.read_one() as session:
            return await session.get(UnknownGoodsRow, (merchant, id))

    async def find_all(self, merchant: str, ids: Collection[str]) -> list[UnknownGoodsRow]:
        """Those of these cases that there are, open or closed."""
        found = select(UnknownGoodsRow).where(
            UnknownGoodsRow.merchant == merchant, col(UnknownGoodsRow.id).in_(ids)
        )
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def page(
        self, merchant: str, *, open: bool, limit: int, cursor: str | None = None
    ) -> Page[UnknownGoodsRow]:
        """Oldest first. Raises BadCursor."""
        at, id_ = col(UnknownGoodsRow.received_at), col(UnknownGoodsRow.id)
        found = select(UnknownGoodsRow).where(
            UnknownGoodsRow.merchant == merchant, col(UnknownGoodsRow.open).is_(open)
        )
        if cursor is not None:
            time, last = parse_cursor(cursor)
            found = found.where(or_(at > time, and_(at == time, id_ > last)))
        async with self._db.read_one() as session:
            rows = [*(await session.exec(found.order_by(at, id_).limit(limit + 1))).all()]
        return page_of(rows, limit, lambda row: cursor_of(row.received_at, row.id))


async def _open_case(session: AsyncSession, merchant: str, id: str) -> UnknownGoodsRow | None:
    """The case, locked until the transaction ends."""
    row = await session.get(UnknownGoodsRow, (merchant, id), with_for_update=True)
    return row if row is not None and row.open else None


def _question(row: UnknownGoodsRow) -> AttentionRow:
    question = keys.unknown_goods_question(row.merchant, row.id)
    return AttentionRow(
        order="",
        id=question,
        merchant=row.merchant,
        item=keys.attention_item(row.merchant, "", question, row.received_at),
        kind=KIND,
        subject=row.id,
        owner="agent",
        opened_at=row.received_at,
        deadline=row.received_at + DEADLINE,
        default="remind",
    )
