"""Differences from providers' records: opened once, listed, and closed by a person or when the records agree again."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.payments.differences import DEADLINE, Difference
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_all_new, insert_new
from store.engine.paging import Page, cursor_of, page_of, parse_cursor
from store.tables.all import AttentionRow, PaymentDifferenceRow, ProviderEventRow

KIND = "payment_difference"  # of the question to finance
_MANY = 500


class PaymentDifferences:
    """The tables of differences and of providers' events. `now` is business time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def record_event(self, event: ProviderEventRow) -> bool:
        """Keep a provider's statement; False when the same was kept before."""
        async with self._db.write() as session:
            return await insert_new(session, event)

    async def open(self, merchant: str, provider: str, found: Iterable[Difference], now: datetime) -> int:
        """Open what is not open yet, each with a question to finance; how many are new or open again."""
        rows = [_row(merchant, provider, one, now) for one in found]
        new = 0
        for begin in range(0, len(rows), _MANY):
            async with self._db.write() as session:
                new += await _open(session, rows[begin : begin + _MANY], now)
        return new

    async def close_others(
        self, merchant: str, provider: str, since: datetime, run_began: datetime, now: datetime
    ) -> int:
        """Close those about refunds since then that a run did not find again: the records agree by now. Returns how many.

        since, run_began: real time.
        """
        gone = and_(
            col(PaymentDifferenceRow.merchant) == merchant,
            col(PaymentDifferenceRow.provider) == provider,
            col(PaymentDifferenceRow.open).is_(True),
            col(PaymentDifferenceRow.about_at) >= since,
            col(PaymentDifferenceRow.found_at) < run_began,
        )
        async with self._db.write() as session:
            return await _close(session, gone, now, ("reconcile", "the records agree"))

    async def move_deadlines(self, merchant: str, provider: str, now: datetime) -> None:
        """Move the deadlines that have passed: their owner is asked again."""
        overdue = and_(
            col(PaymentDifferenceRow.merchant) == merchant,
            col(PaymentDifferenceRow.provider) == provider,
            col(PaymentDifferenceRow.open).is_(True),
            col(PaymentDifferenceRow.deadline) <= now,
        )
        async with self._db.write() as session:
            rows = [*(await session.exec(select(PaymentDifferenceRow).where(overdue).limit(_MANY))).all()]
            for row in rows:
                row.deadline = now + DEADLINE
            asked = _questions(merchant, [row.id for row in rows])
            await session.exec(update(AttentionRow).where(asked).values(deadline=now + DEADLINE))

    async def close(self, merchant: str, id: str, now: datetime, by: str, note: str) -> bool:
        """A person has dealt with it; False where there is no open one of that id."""
        one = and_(
            col(PaymentDifferenceRow.merchant) == merchant,
            col(PaymentDifferenceRow.id) == id,
            col(PaymentDifferenceRow.open).is_(True),
        )
        async with self._db.write() as session:
            return await _close(session, one, now, (by, note)) == 1

    async def page(
        self, merchant: str, *, open: bool, limit: int, cursor: str | None = None
    ) -> Page[PaymentDifferenceRow]:
        """Oldest first. Raises BadCursor."""
        at, id_ = col(PaymentDifferenceRow.opened_at), col(PaymentDifferenceRow.id)
        found = select(PaymentDifferenceRow).where(
            PaymentDifferenceRow.merchant == merchant, col(PaymentDifferenceRow.open).is_(open)
        )
        if cursor is not None:
            time, last = parse_cursor(cursor)
            found = found.where(or_(at > time, and_(at == time, id_ > last)))
        async with self._db.read_one() as session:
            rows = [*(await session.exec(found.order_by(at, id_).limit(limit + 1))).all()]
        return page_of(rows, limit, lambda row: cursor_of(row.opened_at, row.id))

    async def find(self, merchant: str, id: str) -> PaymentDifferenceRow | None:
        """One difference, open or closed."""
        async with self._db.read_one() as session:
            return await session.get(PaymentDifferenceRow, (merchant, id))


async def _open(session: AsyncSession, rows: list[PaymentDifferenceRow], now: datetime) -> int:
    """A difference that was closed by a person stays closed while it says the same: its id has what both sides say."""
    if not rows:
        return 0
    merchant, ids = rows[0].merchant, [row.id for row in rows]
    of_ids = and_(col(PaymentDifferenceRow.merchant) == merchant, col(PaymentDifferenceRow.id).in_(ids))
    known = {row.id: row for row in (await session.exec(select(PaymentDifferenceRow).where(of_ids))).all()}
    for row in known.values():
        row.found_at = real_now()
        if not row.open and row.closed_by == "reconcile":
            row.open, row.closed_at, row.closed_by, row.note = True, None, "", ""
            row.opened_at, row.deadline = now, now + DEADLINE
    fresh = [row for row in rows if row.id not in known]
    await insert_all_new(session, fresh)
    asked = [_question(row) for row in [*fresh, *known.values()] if row.open]
    await session.exec(delete(AttentionRow).where(_questions(merchant, ids)))
    await insert_all_new(session, asked)
    return len(fresh)


async def _close(
    session: AsyncSession, which: ColumnElement[bool], now: datetime, closing: tuple[str, str]
) -> int:
    by, note = closing
    found = [*(await session.exec(select(PaymentDifferenceRow).where(which))).all()]
    for row in found:
        row.open, row.closed_at, row.closed_by, row.note = False, now, by, note
    for begin in range(0, len(found), _MANY):
        some = found[begin : begin + _MANY]
        await session.exec(delete(AttentionRow).where(_questions(some[0].merchant, [row.id for row in some])))
    return len(found)


def _questions(merchant: str, ids: Collection[str]) -> ColumnElement[bool]:
    return and_(
        col(AttentionRow.order) == "",
        col(AttentionRow.merchant) == merchant,
        col(AttentionRow.id).in_([keys.payment_difference_question(merchant, one) for one in ids]),
    )


def _question(row: PaymentDifferenceRow) -> AttentionRow:
    question = keys.payment_difference_question(row.merchant, row.id)
    return AttentionRow(
        order="",
        id=question,
        merchant=row.merchant,
        item=keys.attention_item(row.merchant, "", question, row.opened_at),
        kind=KIND,
        subject=row.id,
        owner=row.owner,
        opened_at=row.opened_at,
        deadline=row.deadline,
        default="remind",
        value=row.theirs_minor if row.theirs_minor is not None else row.ours_minor,
        currency=row.currency,
    )


def _row(merchant: str, provider: str, found: Difference, now: datetime) -> PaymentDifferenceRow:
    ours, theirs = found.ours, found.theirs
    our_record = (str(ours.amount.minor), ours.amount.currency, ours.status) if ours else ("",) * 3
    their_record = (
        (theirs.reference, str(theirs.amount.minor), theirs.amount.currency, theirs.state) if theirs else ()
    )
    amount = theirs.amount if theirs else ours.amount if ours else None
    return PaymentDifferenceRow(
        merchant=merchant,
        id=keys.payment_difference(provider, found.kind, found.subject, *our_record, *their_record),
        provider=provider,
        kind=found.kind,
        reference=theirs.reference if theirs else ours.reference if ours else "",
        payment=theirs.payment if theirs else "",
        order=ours.order if ours else found.order,
        leg=ours.leg if ours else "",
        ours_minor=ours.amount.minor if ours else None,
        ours_state=ours.status if ours else "",
        theirs_minor=theirs.amount.minor if theirs else None,
        theirs_state=theirs.state if theirs else "",
        currency=amount.currency if amount else "",
        opened_at=now,
        deadline=now + DEADLINE,
        about_at=ours.opened if ours else theirs.at if theirs else None,
        found_at=real_now(),
    )
