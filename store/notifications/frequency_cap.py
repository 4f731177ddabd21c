"""The frequency cap: how many messages a customer got on a day, over all orders. A message takes a slot of that day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.notifications.delivery_decision import SendHistory
from store.engine.inserts import insert_new
from store.tables.all import FrequencyCapRow


@dataclass(frozen=True)
class CapSlot:
    """A slot that a message took.

    at: when the message was sent, business time.
    previous_at: when the message before it was sent.
    """

    day: date
    at: datetime
    previous_at: datetime | None


class CapCounter:
    """The customer's cap row, locked until the transaction ends.

    day: in the customer's time zone. It never goes back, also when an order is in a zone where it is a day earlier.
    """

    def __init__(self, session: AsyncSession, row: FrequencyCapRow, day: date) -> None:
        self._session, self._row = session, row
        self.day = max(day, row.day)

    @property
    def used(self) -> int:
        return self._row.used if self._row.day == self.day else 0

    def send_history(self, parcel_at: datetime | None) -> SendHistory:
        return SendHistory(
            last_for_parcel_at=parcel_at, last_for_customer_at=self._row.at, sent_today=self.used
        )

    def take_slot(self, at: datetime) -> CapSlot:
        """Count a message that is sent at that business time."""
        taken = CapSlot(self.day, at, self._row.at)
        self._row.used, self._row.day, self._row.at = self.used + 1, self.day, at
        self._session.add(self._row)
        return taken

    def release_slot(self, slot: CapSlot) -> None:
        """The message was not sent after all: its slot is free again. The slot of an earlier day is not needed any more."""
        if slot.day == self._row.day:
            self._row.used -= 1
        if slot.at == self._row.at:
            self._row.at = slot.previous_at
        self._session.add(self._row)


async def lock_counter(session: AsyncSession, merchant: str, customer: str, day: date) -> CapCounter:
    """The customer's cap row, locked, so that slots are taken one after the other."""
    await insert_new(session, FrequencyCapRow(merchant=merchant, customer=customer, day=day, used=0))
    row = await session.get_one(
        FrequencyCapRow, (merchant, customer), with_for_update=True, populate_existing=True
    )
    return CapCounter(session, row, day)
