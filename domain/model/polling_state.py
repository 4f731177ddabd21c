"""The polls of a parcel's tracker at its carrier, as the parcel keeps them."""

from domain.base import Frozen
from domain.clock import Instant


class PollingState(Frozen):
    """The recorded polls of one parcel.

    last_polled_at: the latest recorded poll.
    poll_count: the number of recorded polls.
    not_before: the tracker requested a wait until then.
    found_before: the tracker has found the parcel at least once.
    gone_at: since then the tracker does not find the parcel any more (TRK-10).
    """

    last_polled_at: Instant | None = None
    poll_count: int = 0
    not_before: Instant | None = None
    found_before: bool = False
    gone_at: Instant | None = None
