"""What a parcel keeps of the polls at its carrier's tracker."""

from domain.base import Frozen
from domain.clock import Instant


class PollingState(Frozen):
    """The recorded polls of one parcel.

    last_polled_at, poll_count: the latest recorded poll, and their number.
    not_before: the tracker requested a wait until then.
    found_before: the tracker has found the parcel at least once.
    gone_at: since then it does not find the parcel any more (TRK-10).
    """

    last_polled_at: Instant | None = None
    poll_count: int = 0
    not_before: Instant | None = None
    found_before: bool = False
    gone_at: Instant | None = None
