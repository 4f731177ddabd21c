"""New tracking data of one parcel."""

from domain.base import Frozen
from domain.model.estimate import Estimate
from domain.model.scan import Scan


class TrackingUpdate(Frozen):
    """Scans and an estimate of one parcel, from a webhook or from a poll, with times as the carrier stated them."""

    scans: tuple[Scan, ...] = ()
    estimate: Estimate | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a scan nor an estimate in it."""
        return not self.scans and self.estimate is None
