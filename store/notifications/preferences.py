"""Customers' choices of channels and topics. Every choice is added, with when and how it was made; none is changed."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from domain import keys
from domain.actors import Actor
from domain.model.notice_kinds import Topic
from domain.model.notice_policy import CHANNELS, ChannelName
from domain.notifications.preferences import TOPICS, ChannelPreference, latest_preference
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.engine.inserts import insert_new
from store.engine.paging import Page, oldest_first
from store.tables.all import PhoneRow, PreferenceRow

_REPEATED = timedelta(hours=1)


class Preferences:
    """The tables of choices and of phone numbers. `customer`: our `cus_…`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def current(
        self, merchant: str, customer: str, topics: Sequence[Topic] = TOPICS
    ) -> tuple[ChannelPreference, ...]:
        """The choice that counts for each channel and each of these topics, as far as the customer made one."""
        about = tuple((c, t) for c in CHANNELS for t in topics)
        found = await self._db.fetch_rows(_newest(about), merchant=merchant, customer=customer)
        return tuple(map(_choice, found))

    async def history(
        self, merchant: str, customer: str, *, limit: int, cursor: str | None = None
    ) -> Page[ChannelPreference]:
        """All choices, in the order in which we learned of them. Raises BadCursor."""
        query = select(PreferenceRow).where(
            PreferenceRow.merchant == merchant, PreferenceRow.customer == customer
        )
        page = await oldest_first(self._db, query, col(PreferenceRow.id), limit, cursor)
        return Page([_choice(row) for row in page.items], page.next)

    async def record_choices(
        self, merchant: str, customer: str, choices: Sequence[ChannelPreference], actor: Actor
    ) -> None:
        """Add those of the choices that are news. Only then is the write lock taken."""
        about = list(dict.fromkeys((choice.channel, choice.topic) for choice in choices))
        async with self._db.read_one() as session:
            current = await _current(session, merchant, customer, about)
        if all(_is_recorded(current, choice) for choice in choices):
            return
        async with self._db.write() as session:
            await acquire_transaction_lock(session, keys.preferences_lock(merchant, customer))
            current = await _current(session, merchant, customer, about)
            for choice in choices:
                if not _is_recorded(current, choice):
                    session.add(_row(merchant, customer, choice, actor))
                    current = (*current, choice)

    async def record_phone(self, merchant: str, phone: str, customer: str) -> None:
        """Record that the number is this customer's. `phone`: its pseudonym."""
        async with self._db.read_one() as session:
            if await session.get(PhoneRow, (merchant, phone, customer)) is not None:
                return
        async with self._db.write() as session:
            await insert_new(session, PhoneRow(merchant=merchant, phone=phone, customer=customer))

    async def customers_with_phone(self, merchant: str, phone: str) -> list[str]:
        """The customers with that number; a family may share one."""
        query = select(PhoneRow.customer).where(PhoneRow.merchant == merchant, PhoneRow.phone == phone)
        async with self._db.read_one() as session:
            return [*(await session.exec(query.order_by(PhoneRow.customer))).all()]


def _is_recorded(current: Sequence[ChannelPreference], choice: ChannelPreference) -> bool:
    """Whether the choice on it that counts says the same, by the same source, and was made less than an hour before.

    So a link that is posted thousands of times adds one row. The same choice made later is added: without it, a choice
    that was made between the two and is recorded last would count.
    """
    last = latest_preference(current, choice.channel, choice.topic)
    return (
        last is not None
        and (last.allowed, last.source) == (choice.allowed, choice.source)
        and choice.at < last.at + _REPEATED
    )


async def _current(
    session: AsyncSession, merchant: str, customer: str, about: Sequence[tuple[ChannelName, Topic]]
) -> tuple[ChannelPreference, ...]:
    """The newest choice of each channel and topic: see `latest_preference`."""
    found = await session.exec(_newest(tuple(about)), params={"merchant": merchant, "customer": customer})
    return tuple(map(_choice, found.all()))


@lru_cache(maxsize=64)
def _newest(about: tuple[tuple[ChannelName, Topic], ...]) -> SelectOfScalar[PreferenceRow]:
    """The query for the newest choices on these, one look into the index for each. To make it costs more than to run it."""
    newest = [
        select(PreferenceRow.id)
        .where(
            col(PreferenceRow.merchant) == bindparam("merchant"),
            col(PreferenceRow.customer) == bindparam("customer"),
            PreferenceRow.channel == channel,
            PreferenceRow.topic == topic,
        )
        .order_by(col(PreferenceRow.at).desc(), col(PreferenceRow.id).desc())
        .limit(1)
        .scalar_subquery()
        for channel, topic in about
    ]
    return select(PreferenceRow).where(col(PreferenceRow.id).in_(newest)).order_by(col(PreferenceRow.id))


def _choice(row: Any) -> ChannelPreference:
    """`row`: a PreferenceRow, or its columns."""
    return ChannelPreference(
        channel=row.channel,
        topic=row.topic,
        allowed=row.allowed,
        source=row.source,
        at=row.at,
        by=f"{row.role}/{row.name}".rstrip("/"),
    )


def _row(merchant: str, customer: str, choice: ChannelPreference, actor: Actor) -> PreferenceRow:
    return PreferenceRow(
        merchant=merchant,
        customer=customer,
        **choice.model_dump(exclude={"by"}),
        role=actor.role,
        name=actor.name,
        written_at=real_now(),
    )
