"""New tracking data of one parcel."""

from domain.base import Frozen
from domain.model.estimate import Estimate
from domain.model.scan import Scan


class TrackingUpdate(Frozen):
    """Scans and an estimate of one parcel, from a webhook or from a poll, with times as the carrier stated them."""

    scans: tuple[Scan, ...] = ()
    estimate: Estimate | None = None

    @property
    def says_anything(self) -> bool:
        """Whether there is a scan or an estimate in it."""
        return bool(self.scans) or self.estimate is not None
