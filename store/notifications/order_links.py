"""Letters with the link to an order that its customer asked for: few in an hour, however often they ask."""

from datetime import datetime, timedelta

from sqlmodel import col, func, select

from domain import notice_keys
from domain.model.notice import Notice
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.tables.all import OutboxRow

MAX_AN_HOUR = 3
_KIND = "order_link"


class OrderLinkLetters:
    """Writes them into the outbox."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, merchant: str, order: str, customer: str, now: datetime, minutes: int) -> bool:
        """One more letter, unless as many were written within the hour; two requests at once write one.

        `now`: business time.
        """
        written_at = real_now()
        mine = (OutboxRow.merchant == merchant, OutboxRow.order == order, OutboxRow.kind == _KIND)
        recent = col(OutboxRow.created_at) > written_at - timedelta(hours=1)
        async with self._db.write() as session:
            number = (await session.exec(select(func.count()).where(*mine))).one()
            late = (await session.exec(select(func.count()).where(*mine, recent))).one()
            if late >= MAX_AN_HOUR:
                return False
            key = notice_keys.order_notice(order, "order", _KIND, number + 1)
            notice = Notice(key=key, kind=_KIND, subject=order, at=now, details={"minutes": minutes})
            row = OutboxRow(
                merchant=merchant,
                order=order,
                customer=customer,
                key=key,
                kind=_KIND,
                notice=notice.model_dump_json(),
                message_id=notice_keys.message(merchant, key),
                created_at=written_at,
                not_before=written_at,
            )
            return await insert_new(session, row)
