"""Parcels by their tracking number: which orders a carrier's update may be about."""

from datetime import date
from typing import NamedTuple

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.tracking.recycled_numbers import NumberEpoch
from store.engine.database import Database
from store.tables.all import OrderRow, ParcelRow


class ParcelLookup(NamedTuple):
    """How a carrier names a parcel.

    carrier: in any case, since shops and carriers spell it differently; None fits all carriers.
    shipped_on: None fits any ship date, as does a parcel that was registered without one.
    """

    tracking_number: str
    carrier: str | None = None
    shipped_on: date | None = None


class TrackingNumbers:
    """Reads the parcels that the commits of journeys write."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, merchant: str, lookup: ParcelLookup) -> list[ParcelRow]:
        """The merchant's parcels of that name, newest first. There may be several: carriers use numbers again (TRK-11)."""
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
    """The same inside a transaction."""
    found = select(ParcelRow).where(
        ParcelRow.merchant == merchant, ParcelRow.tracking_number == lookup.tracking_number
    )
    newest = found.order_by(
        col(ParcelRow.registered_at).desc(),
        col(ParcelRow.order).desc(),
        func.length(col(ParcelRow.parcel)).desc(),  # p10 is newer than p9
        col(ParcelRow.parcel).desc(),
    )
    return [row for row in (await session.exec(newest)).all() if _matches(row, lookup)]


def _matches(row: ParcelRow, lookup: ParcelLookup) -> bool:
    same_carrier = lookup.carrier is None or row.carrier.casefold() == lookup.carrier.casefold()
    return same_carrier and (lookup.shipped_on is None or row.shipped_on in (None, lookup.shipped_on))
