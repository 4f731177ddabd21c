"""Parcels by their tracking number: which order a carrier is talking about."""

from datetime import date

from sqlmodel import col, select

from store.database import Database
from store.tables import ParcelRow


class Parcels:
    """The look-up of parcels, written by the journeys' commits."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(
        self, merchant: str, tracking_number: str, carrier: str | None = None, shipped_on: date | None = None
    ) -> list[ParcelRow]:
        """Parcels with that number, newest first: carriers use numbers again (TRK-11).

        `carrier` (in any spelling of case: shops and carriers differ in it) and `shipped_on` narrow it down where given;
        a parcel registered without a ship date fits any.
        """
        found = select(ParcelRow).where(
            ParcelRow.merchant == merchant, ParcelRow.tracking_number == tracking_number
        )
        newest = found.order_by(col(ParcelRow.registered_at).desc(), col(ParcelRow.order).desc())
        async with self._db.read() as session:
            rows = (await session.exec(newest)).all()
        if carrier is not None:
            rows = [row for row in rows if row.carrier.casefold() == carrier.casefold()]
        return [row for row in rows if shipped_on is None or row.shipped_on in (None, shipped_on)]
