"""Bodies whose signature cannot be judged before the last byte: only so many bytes of them are in memory at a time."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from api.http import metrics
from api.http.problems import Problem

MAX_OF_NETWORK: Final = 16 * 1024 * 1024
MAX_OF_PROCESS: Final = 64 * 1024 * 1024
# Of each network always admitted, some ordinary messages, so that strangers from many networks keep out no sender. Connections
# are limited, and so are these.
ALWAYS_OF_NETWORK: Final = 32 * 1024
_RETRY_AFTER: Final = 1  # seconds


class UnsignedBodies:
    """Counts the bytes under way of this process, and of each network. A stranger may send a megabyte without any right."""

    def __init__(
        self,
        of_network: int = MAX_OF_NETWORK,
        of_process: int = MAX_OF_PROCESS,
        always: int = ALWAYS_OF_NETWORK,
    ) -> None:
        self._limits = of_network, of_process, always
        self._networks: Counter[str] = Counter()
        self.total = 0

    @contextmanager
    def under_way(self, network: str) -> Iterator[Callable[[int], None]]:
        """While the block runs, the bytes count that are given to the function it yields.

        The function raises Problem rate_limited where the network has too many under way, and unavailable where the process
        has, and this network more than a few messages. Both have Retry-After: a sender with a right repeats what was not
        acknowledged.
        """
        counted = 0

        def count(size: int) -> None:
            nonlocal counted
            of_network, of_process, always = self._limits
            of_this = self._networks[network] + size
            if of_this > of_network:
                metrics.RATE_LIMITED.labels("unsigned_bodies").inc()
                raise Problem("rate_limited", "Too many unsigned bytes at a time.", retry_after=_RETRY_AFTER)
            if self.total + size > of_process and of_this > always:
                raise Problem("unavailable", "Too many unsigned bytes at a time.", retry_after=_RETRY_AFTER)
            counted += size
            self.total += size
            self._networks[network] += size

        try:
            yield count
        finally:
            self.total -= counted
            self._networks[network] -= counted
            if not self._networks[network]:
                del self._networks[network]
