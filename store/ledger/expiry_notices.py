"""Notices that store credit expires soon: once for each of the policy's days, with what is left when they leave."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import notice_keys
from domain.model.notice import Notice
from domain.money import Money
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.tables.all import OutboxRow
from store.tables.ledger import CreditLot

_AT_ONCE = 100  # lots; the next sweep takes the next


class ExpiringCredit:
    """What is left of credit that a notice is about."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def left(self, merchant: str, leg: str) -> Money | None:
        """Of what expires of the credit from that payment; None for unknown credit."""
        found = select(CreditLot).where(
            CreditLot.merchant == merchant, CreditLot.leg == leg, col(CreditLot.expires_at).is_not(None)
        )
        async with self._db.read_one() as session:
            lot = (await session.exec(found)).first()
        return Money(minor=lot.remaining, currency=lot.currency) if lot else None


async def write_notices(session: AsyncSession, merchant: str, days: Sequence[int], now: datetime) -> int:
    """Write the notices that are due at the merchant's business time `now`; how many. Again is a no-op.

    Of several that are due for one credit only the last is written: the others say the same of an earlier day.
    """
    due = [
        and_(
            col(CreditLot.expires_at) <= now + timedelta(days=day),
            or_(col(CreditLot.noticed_days).is_(None), col(CreditLot.noticed_days) > day),
        )
        for day in days
    ]
    if not due:
        return 0
    lots = await session.exec(
        select(CreditLot)
        .where(
            col(CreditLot.merchant) == merchant,
            col(CreditLot.remaining) > 0,
            col(CreditLot.expires_at) > now,
            CreditLot.order != "",
            or_(*due),
        )
        .order_by(col(CreditLot.expires_at), col(CreditLot.id))  # the order of every lock, so no deadlock
        .limit(_AT_ONCE)
        .with_for_update()
    )
    found = list(lots)
    for lot in found:
        assert lot.expires_at is not None
        lot.noticed_days = min(day for day in days if lot.expires_at <= now + timedelta(days=day))
        await insert_new(session, _row(lot, lot.noticed_days, lot.expires_at, now))
    return len(found)


def _row(lot: CreditLot, day: int, expires_at: datetime, now: datetime) -> OutboxRow:
    details: dict[str, str | int] = {
        "amount": lot.remaining,
        "currency": lot.currency,
        "expires": expires_at.isoformat(),
    }
    key, written_at = notice_keys.notice(lot.leg, "credit_expiring", day), real_now()
    notice = Notice(key=key, kind="credit_expiring", subject=lot.leg, at=now, details=details)
    return OutboxRow(
        merchant=lot.merchant,
        order=lot.order,
        customer=lot.customer,
        key=key,
        kind=notice.kind,
        notice=notice.model_dump_json(),
        message_id=notice_keys.message(lot.merchant, key),
        created_at=written_at,
        not_before=written_at,
    )
