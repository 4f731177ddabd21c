"""What customers chose to hear: every choice is added with when and how, none is ever changed."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import Actor
from domain.preferences import Choice, newest
from store.columns import real_now
from store.database import Database, insert_new, one_at_a_time
from store.tables import PhoneRow, PreferenceRow


class Preferences:
    """The table of choices, and whose number a phone is. `customer`: our `cus_…`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str, customer: str) -> tuple[Choice, ...]:
        """All choices the customer ever made, in the order we were told: the newest of a channel and topic counts."""
        async with self._db.look() as session:
            return await _choices(session, merchant, customer)

    async def choose(
        self, merchant: str, customer: str, choices: Sequence[Choice], actor: Actor
    ) -> tuple[Choice, ...]:
        """Add the choices; one that says what holds already by the same way is not added again."""
        async with self._db.write() as session:
            await one_at_a_time(session, f"preferences/{merchant}/{customer}")
            known = await _choices(session, merchant, customer)
            for choice in choices:
                if not _said(known, choice):
                    session.add(_row(merchant, customer, choice, actor))
                    known = (*known, choice)
        return known

    async def note_phone(self, merchant: str, phone: str, customer: str) -> None:
        """Whose number it is. `phone`: its pseudonym."""
        async with self._db.look() as session:
            if await session.get(PhoneRow, (merchant, phone, customer)) is not None:
                return
        async with self._db.write() as session:
            await insert_new(session, PhoneRow(merchant=merchant, phone=phone, customer=customer))

    async def customers_at(self, merchant: str, phone: str) -> list[str]:
        """Whose number that is: families share one."""
        mine = select(PhoneRow.customer).where(PhoneRow.merchant == merchant, PhoneRow.phone == phone)
        async with self._db.look() as session:
            return [*(await session.exec(mine.order_by(PhoneRow.customer))).all()]


def _said(known: Sequence[Choice], choice: Choice) -> bool:
    """The newest word on it is the same one and no older: a repeated request adds nothing.

    What is said again later is added: else a choice between the two that is told last would undo it.
    """
    last = newest(known, choice.channel, choice.topic)
    same = last is not None and (last.allowed, last.source) == (choice.allowed, choice.source)
    return same and last is not None and last.at >= choice.at


async def _choices(session: AsyncSession, merchant: str, customer: str) -> tuple[Choice, ...]:
    mine = select(PreferenceRow).where(PreferenceRow.merchant == merchant, PreferenceRow.customer == customer)
    rows = (await session.exec(mine.order_by(col(PreferenceRow.id)))).all()
    return tuple(
        Choice.model_validate(
            {
                **row.model_dump(include={"channel", "topic", "allowed", "source", "at"}),
                "by": f"{row.role}/{row.name}".rstrip("/"),
            }
        )
        for row in rows
    )


def _row(merchant: str, customer: str, choice: Choice, actor: Actor) -> PreferenceRow:
    return PreferenceRow(
        merchant=merchant,
        customer=customer,
        **choice.model_dump(exclude={"by"}),
        role=actor.role,
        name=actor.name,
        written_at=real_now(),
    )
