"""Counts of requests in a moving window, exact to the request, in bounded memory."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

from limits import RateLimitItem

# With counts of their own. Beyond that number the count of the owner that was silent for longest is dropped.
MAX_OWNERS: Final = 16_384


class SlidingWindows:
    """The arrival times of each owner's requests in its window, oldest first. Owners are in the order of their last request.

    The storage in memory of the `limits` library starts a thread for every request, so it is not used.
    """

    def __init__(
        self, limit: RateLimitItem, now: Callable[[], float] = monotonic, max_owners: int = MAX_OWNERS
    ) -> None:
        self.amount, self.seconds = limit.amount, int(limit.get_expiry())
        self._now, self._max_owners = now, max_owners
        self._requests: dict[str, deque[float]] = {}

    def __len__(self) -> int:
        return len(self._requests)

    def acquire(self, owner: str) -> tuple[bool, int, float]:
        """Whether there was room for one more, how many remain, and in how many seconds there is room for more."""
        now = self._now()
        times = self._requests.pop(owner, None)
        if times is None:
            self._make_room(now)
            times = deque()
        self._requests[owner] = times  # now the last one
        _drop_expired(times, now - self.seconds)
        room = len(times) < self.amount
        if room:
            times.append(now)
        return room, self.amount - len(times), times[0] + self.seconds - now

    def peek(self, owner: str) -> tuple[int, float]:
        """How many remain, and in how many seconds there is room for more; counts nothing."""
        now, times = self._now(), self._requests.get(owner, deque[float]())
        _drop_expired(times, now - self.seconds)
        return self.amount - len(times), (times[0] + self.seconds - now) if times else 0.0

    def _make_room(self, now: float) -> None:
        """Forget those that are idle; they are in front, so that a flood of new owners never costs a search."""
        while self._requests:
            owner, times = next(iter(self._requests.items()))
            _drop_expired(times, now - self.seconds)
            if times and len(self._requests) < self._max_owners:
                return
            del self._requests[owner]


def _drop_expired(requests: deque[float], start: float) -> None:
    while requests and requests[0] <= start:
        requests.popleft()
