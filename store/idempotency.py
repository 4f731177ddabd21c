"""The table of idempotency keys: who came first does it, everybody else gets the same answer."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from ports.idempotency import Begun, Done, OtherBody, Running, Slot
from store.columns import real_now
from store.database import Database, insert_new
from store.sealing import Master
from store.tables import IdempotencyRow

_Place = tuple[str, str, str, str]
ABANDONED = timedelta(seconds=30)  # longer than any request may take: whoever ran it has crashed


class StoreIdempotency:
    """The port `IdempotencyTable` on our database. `now` is real time.

    Answers hold drop-off codes, and a body's hash could be guessed back to a name: both are kept under the `master` key.
    """

    def __init__(self, db: Database, master: bytes, now: Callable[[], datetime] = real_now) -> None:
        self._db = db
        self._master = Master(master)
        self._now = now
        # By this process, since when: what it runs, and what it could not let go of while the database was away.
        self._taken: dict[_Place, datetime] = {}
        self._loose: set[tuple[_Place, datetime]] = set()

    async def begin(self, slot: Slot, body_hash: str) -> Begun | Running | Done | OtherBody:
        """Take the slot, or hear what became of it. Waiting for a running twin takes no write lock."""
        body_hash = self._master.pseudonym("body", body_hash)
        async with self._db.read() as session:
            known = await session.get(IdempotencyRow, _place(slot))
        if known is not None and (known.body_hash != body_hash or not self._free(known)):
            return self._told(known, body_hash)
        return await self._take(slot, body_hash)

    async def _take(self, slot: Slot, body_hash: str) -> Begun | Running | Done | OtherBody:
        began_at = self._now()
        fresh = IdempotencyRow(
            merchant=slot.merchant,
            caller=slot.caller,
            route=slot.route,
            key=slot.key,
            body_hash=body_hash,
            began_at=began_at,
        )
        try:
            async with self._db.write() as session:
                if not await insert_new(session, fresh):
                    known = await session.get(IdempotencyRow, _place(slot), with_for_update=True)
                    if known is None:  # forgotten in this very moment: asked again it is new
                        return Running()
                    if known.body_hash != body_hash or not self._free(known):
                        return self._told(known, body_hash)
                    known.status, known.began_at = "running", began_at
        except BaseException:
            self._let_loose(slot, began_at)  # it may have been written all the same
            raise
        self._taken[_place(slot)] = began_at
        return Begun()

    async def finish(self, slot: Slot, status: int, answer: JsonValue) -> None:
        """Keep the answer; the first one kept stays."""
        async with self._db.write() as session:
            row = await _running(session, slot)
            if row is not None:
                box = self._master.wrap(_where(row), json.dumps(answer).encode())
                row.status, row.http_status, row.answer = "done", status, box
        self._taken.pop(_place(slot), None)

    async def abandon(self, slot: Slot) -> None:
        """Free the slot: a repetition of the same body runs again. A kept answer stays.

        Where even this cannot be written, this process remembers it.
        """
        began_at = self._taken.pop(_place(slot), None)
        try:
            async with self._db.write() as session:
                row = await _running(session, slot)
                if row is not None:
                    row.status = "free"
        except BaseException:
            if began_at is not None:
                self._let_loose(slot, began_at)
            raise

    def _let_loose(self, slot: Slot, began_at: datetime) -> None:
        """Nobody runs it, although the table may say so for a while."""
        self._loose = {one for one in self._loose if self._now() - one[1] < ABANDONED}
        self._loose.add((_place(slot), began_at))

    async def forget(self, before: datetime) -> int:
        """Forget keys last taken before that real time, with what was answered; answers how many."""
        old = delete(IdempotencyRow).where(col(IdempotencyRow.began_at) < before)
        async with self._db.write() as session:
            return (await session.exec(old)).rowcount

    def answer(self, row: IdempotencyRow) -> JsonValue:
        """What was answered; None while nothing was. Raises Tampered."""
        if row.answer is None:
            return None
        opened: JsonValue = json.loads(self._master.unwrap(_where(row), row.answer))
        return opened

    def _told(self, row: IdempotencyRow, body_hash: str) -> Running | Done | OtherBody:
        if row.body_hash != body_hash:
            return OtherBody()
        if row.status == "running" or row.http_status is None or row.answer is None:
            return Running()
        return Done(row.http_status, self.answer(row))

    def _free(self, row: IdempotencyRow) -> bool:
        left_by_a_crash = row.status == "running" and self._now() - row.began_at >= ABANDONED
        let_go = row.status == "running" and (_row_place(row), row.began_at) in self._loose
        return row.status == "free" or left_by_a_crash or let_go


def _place(slot: Slot) -> _Place:
    return slot.merchant, slot.caller, slot.route, slot.key


def _row_place(row: IdempotencyRow) -> _Place:
    return row.merchant, row.caller, row.route, row.key


async def _running(session: AsyncSession, slot: Slot) -> IdempotencyRow | None:
    row = await session.get(IdempotencyRow, _place(slot), with_for_update=True)
    return row if row is not None and row.status == "running" else None


def _where(row: IdempotencyRow) -> str:
    """An answer opens only in its own row."""
    return "\x1f".join(("answer", row.merchant, row.caller, row.route, row.key))
