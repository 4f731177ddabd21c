"""Customers' choices of channels and topics. Every choice is added, with when and how it was made; none is changed."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.actors import Actor
from domain.notifications.preferences import ChannelPreference, latest_preference
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.engine.inserts import insert_new
from store.tables.all import PhoneRow, PreferenceRow


class Preferences:
    """The tables of choices and of phone numbers. `customer`: our `cus_…`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str, customer: str) -> tuple[ChannelPreference, ...]:
        """All choices of the customer, in the order in which we learned of them. The newest of a channel and topic counts."""
        async with self._db.read_one() as session:
            return await _choices(session, merchant, customer)

    async def record_choices(
        self, merchant: str, customer: str, choices: Sequence[ChannelPreference], actor: Actor
    ) -> tuple[ChannelPreference, ...]:
        """Add the choices and return all. One that is in force already and was made in the same way is not added again."""
        async with self._db.write() as session:
            await acquire_transaction_lock(session, keys.preferences_lock(merchant, customer))
            recorded = await _choices(session, merchant, customer)
            for choice in choices:
                if not _is_recorded(recorded, choice):
                    session.add(_row(merchant, customer, choice, actor))
                    recorded = (*recorded, choice)
        return recorded

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


def _is_recorded(recorded: Sequence[ChannelPreference], choice: ChannelPreference) -> bool:
    """Whether the newest choice on it is the same and not older: a repeated request adds nothing.

    The same choice made again later is added: without it, a choice made between the two but recorded last would count.
    """
    last = latest_preference(recorded, choice.channel, choice.topic)
    same = last is not None and (last.allowed, last.source) == (choice.allowed, choice.source)
    return same and last is not None and last.at >= choice.at


async def _choices(session: AsyncSession, merchant: str, customer: str) -> tuple[ChannelPreference, ...]:
    query = select(PreferenceRow).where(
        PreferenceRow.merchant == merchant, PreferenceRow.customer == customer
    )
    rows = (await session.exec(query.order_by(col(PreferenceRow.id)))).all()
    return tuple(
        ChannelPreference.model_validate(
            {
                **row.model_dump(include={"channel", "topic", "allowed", "source", "at"}),
                "by": f"{row.role}/{row.name}".rstrip("/"),
            }
        )
        for row in rows
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
