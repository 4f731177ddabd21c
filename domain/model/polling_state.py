"""What a parcel remembers of our looks at its carrier's tracker."""

from domain.base import Frozen
from domain.clock import Instant


class PollingState(Frozen):
    """`last_polled_at`: the latest look that is written down, `poll_count` how many. `not_before`: the carrier asked us to wait.

    `found_before`: the tracker has known the parcel once. `gone_at`: since then it does not any more (TRK-10).
    """

    last_polled_at: Instant | None = None
    poll_count: int = 0
    not_before: Instant | None = None
    found_before: bool = False
    gone_at: Instant | None = None
