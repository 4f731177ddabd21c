"""What a customer was told unasked, one row for each over all orders: places in their day are given one after the other."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.posting import Lately
from store.database import insert_new
from store.tables import BudgetRow


@dataclass(frozen=True)
class Taken:
    """A place of that day, given at `at`. `before`: when the message before it left."""

    day: date
    at: datetime
    before: datetime | None


class Place:
    """The customer's budget, locked until the transaction ends. `day`: theirs; it never goes back between zones."""

    def __init__(self, session: AsyncSession, row: BudgetRow, day: date) -> None:
        self._session, self._row = session, row
        self.day = max(day, row.day)

    @property
    def spent(self) -> int:
        return self._row.spent if self._row.day == self.day else 0

    def lately(self, parcel_at: datetime | None) -> Lately:
        return Lately(parcel_at=parcel_at, customer_at=self._row.at, spent=self.spent)

    def take(self, at: datetime) -> Taken:
        """One more message leaves, at that business time."""
        taken = Taken(self.day, at, self._row.at)
        self._row.spent, self._row.day, self._row.at = self.spent + 1, self.day, at
        self._session.add(self._row)
        return taken

    def give_back(self, taken: Taken) -> None:
        """The message did not leave after all: its place is free. On a later day nobody needs it any more."""
        if taken.day == self._row.day:
            self._row.spent -= 1
        if taken.at == self._row.at:
            self._row.at = taken.before
        self._session.add(self._row)


async def locked(session: AsyncSession, merchant: str, customer: str, day: date) -> Place:
    """Nobody else gives that customer a place until this transaction is over."""
    await insert_new(session, BudgetRow(merchant=merchant, customer=customer, day=day, spent=0))
    row = await session.get_one(BudgetRow, (merchant, customer), with_for_update=True, populate_existing=True)
    return Place(session, row, day)
