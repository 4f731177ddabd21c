"""Recycled tracking numbers: whose life a scan belongs to, where a carrier has used a number before (TRK-11)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from domain.base import Frozen
from domain.clock import Instant
from domain.model.scan import ParcelStatus

_ZONES = timedelta(days=1)  # the day of shipping is the shop's, the carrier's clock may show another one
_LABELS_AHEAD = timedelta(days=7)  # a label may be announced that long before its parcel is handed over
_ANNOUNCED = {ParcelStatus.PRE_TRANSIT, ParcelStatus.UNKNOWN}


class NumberEpoch(Frozen):
    """Since when a number means one parcel: its day of shipping, or the placing of its order where nobody tells that day."""

    shipped_on: date | None = None
    placed_at: Instant

    @property
    def begins(self) -> datetime:
        if self.shipped_on is None:
            return self.placed_at - _ZONES
        return datetime.combine(self.shipped_on, time(0), UTC) - _ZONES

    def covers(self, at: datetime, status: ParcelStatus | None = None) -> bool:
        """Whether something a carrier saw or said then may be about this parcel."""
        announced = status in _ANNOUNCED and self.shipped_on is not None
        return at >= self.begins - (_LABELS_AHEAD if announced else timedelta(0))


def owner_of(epochs: Sequence[NumberEpoch], at: datetime, status: ParcelStatus | None = None) -> int | None:
    """The place of the newest epoch that holds that time; None when it is older than all of them."""
    newest_first = sorted(range(len(epochs)), key=lambda place: epochs[place].begins, reverse=True)
    return next((place for place in newest_first if epochs[place].covers(at, status)), None)
