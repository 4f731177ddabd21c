"""Copies of sent notices that staff send again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, select

from domain import notice_keys
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import is_number
from store.tables.all import OutboxRow

MAX_A_DAY = 3  # copies of one notice


class TooManyCopies(Exception):
    """The customer was sent that notice three times within a day already."""


@dataclass(frozen=True)
class LettersAgain:
    """Copies of notices in the outbox. A copy has a key and a message id of its own and is judged like every notice."""

    db: Database
    now: Callable[[], datetime] = real_now

    async def add(self, merchant: str, notice: int, command: str) -> OutboxRow | None:
        """Queue a copy, once for each command; None when the merchant has no such notice that left. Raises TooManyCopies."""
        if not is_number(notice):
            return None
        ours = select(OutboxRow).where(OutboxRow.id == notice, OutboxRow.merchant == merchant)
        async with self.db.write() as session:
            left = (await session.exec(ours.where(OutboxRow.status == "sent").with_for_update())).first()
            if left is None:
                return None
            copy = self._copy(left, command)
            known = select(OutboxRow).where(OutboxRow.merchant == merchant, OutboxRow.key == copy.key)
            found = (await session.exec(known)).first()
            if found is not None:
                return found
            recent = select(func.count()).where(
                OutboxRow.merchant == merchant,
                OutboxRow.order == left.order,
                col(OutboxRow.key).startswith(notice_keys.copies_of_notice(left.key), autoescape=True),
                col(OutboxRow.created_at) > self.now() - timedelta(days=1),
            )
            if (await session.exec(recent)).one() >= MAX_A_DAY:
                raise TooManyCopies
            await insert_new(session, copy)
            return (await session.exec(known)).one()

    def _copy(self, left: OutboxRow, command: str) -> OutboxRow:
        key, now = notice_keys.notice_again(left.key, command), self.now()
        same = left.model_dump(include={"merchant", "order", "customer", "kind", "notice"})
        return OutboxRow(
            **same,
            key=key,
            message_id=notice_keys.message(left.merchant, key),
            created_at=now,
            not_before=now,
        )
