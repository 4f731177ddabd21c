"""Parcels by their tracking number: which orders a carrier's update may be about."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.model import tracking_number
from domain.tracking.recycled_numbers import NumberEpoch
from store.engine.database import Database
from store.tables.all import OrderRow, ParcelRow

_MAX_PARCELS_OF_A_NUMBER = 100
# A carrier's calendar may be a day from the shop's.
_OTHER_CALENDAR = timedelta(days=1)


class ParcelLookup(NamedTuple):
    """How a carrier names a parcel.

    tracking_number, carrier: in the carrier's own spelling. The number alone decides: shops name carriers differently.
    shipped_on: None fits any ship date, as does a parcel that was registered without one. The shop's date may be a day off.
    """

    tracking_number: str
    carrier: str = ""
    shipped_on: date | None = None

    @property
    def normalized_number(self) -> str:
        return tracking_number.normalize(self.tracking_number)


class TrackingNumbers:
    """Reads the parcels that the commits of journeys write."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, merchant: str, lookup: ParcelLookup) -> list[ParcelRow]:
        """The merchant's parcels with that number, newest first. There may be several: carriers use numbers again (TRK-11)."""
        async with self._db.read_one() as session:
            return await find_parcels(session, merchant, lookup)

    async def find_with_epochs(
        self, merchant: str, lookup: ParcelLookup
    ) -> list[tuple[ParcelRow, NumberEpoch]]:
        """The same, each with the time since when its number means it. Those shipped on exactly that day exclude the others."""
        found = await self.find(merchant, lookup)
        dated = [row for row in found if lookup.shipped_on and row.shipped_on == lookup.shipped_on]
        orders = {row.order for row in dated or found}
        async with self._db.read_one() as session:
            query = select(OrderRow.id, OrderRow.placed_at).where(col(OrderRow.id).in_(orders))
            placed = dict((await session.exec(query)).all()) if orders else {}
        return [
            (row, NumberEpoch(shipped_on=row.shipped_on, placed_at=placed[row.order]))
            for row in dated or found
        ]


async def find_parcels(session: AsyncSession, merchant: str, lookup: ParcelLookup) -> list[ParcelRow]:
    """The same inside a transaction. Only the newest: a shop may give many parcels one number that is none."""
    found = select(ParcelRow).where(
        ParcelRow.merchant == merchant, ParcelRow.normalized_number == lookup.normalized_number
    )
    newest = found.order_by(
        col(ParcelRow.registered_at).desc(),
        col(ParcelRow.order).desc(),
        func.length(col(ParcelRow.parcel)).desc(),  # p10 is newer than p9
        col(ParcelRow.parcel).desc(),
    )
    rows = (await session.exec(newest.limit(_MAX_PARCELS_OF_A_NUMBER))).all()
    return [row for row in rows if _shipped_then(row, lookup.shipped_on)]


async def is_any_registered(session: AsyncSession, merchant: str, lookups: Collection[ParcelLookup]) -> bool:
    """Whether one of them names a parcel. Most do not, so all their numbers are looked for at once before."""
    numbers = {lookup.normalized_number for lookup in lookups}
    found = select(ParcelRow.normalized_number).where(
        ParcelRow.merchant == merchant, col(ParcelRow.normalized_number).in_(numbers)
    )
    registered = {*(await session.exec(found.distinct())).all()}
    for lookup in lookups:
        if lookup.normalized_number in registered and await find_parcels(session, merchant, lookup):
            return True
    return False


def _shipped_then(row: ParcelRow, stated: date | None) -> bool:
    return stated is None or row.shipped_on is None or abs(row.shipped_on - stated) <= _OTHER_CALENDAR
