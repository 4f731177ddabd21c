"""Wakes the loops of the dispatcher when there may be work for them, so that an idle deployment does next to nothing."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LOOK_INTERVAL = 0.05  # seconds between two looks whether anything was committed
# Seconds after which the tables are read in any case, as a retry may be due or a lease over: at first, and at most.
READ_INTERVAL = 2.0
LONGEST_INTERVAL = 8.0
# Where only a query tells whether there is work (PostgreSQL): seconds between two reads when there was none for a while.
QUIET_INTERVAL = 0.5
QUIET_AFTER = 2.0


@dataclass(eq=False)
class WorkSignal:
    """Wakes one loop. `interval`: seconds between two of its reads at least, unless it finds work.

    `patience`: seconds until it reads although nothing was committed; twice as long each time.
    """

    interval: float
    event: asyncio.Event = field(default_factory=asyncio.Event)
    number: int | None = None
    woken_at: float = 0.0
    patience: float = READ_INTERVAL
    worked_at: float = field(default_factory=time.monotonic)

    def wake(self, number: int | None, now: float) -> None:
        """Wake the loop, unless it read a moment ago or nothing was committed since. `number`: see `Database.commit_number`."""
        since = now - self.woken_at
        if number is None and now - self.worked_at > QUIET_AFTER and since < QUIET_INTERVAL:
            return
        changed = number is None or number != self.number
        if since < self.interval or (not changed and since < self.patience):
            return
        self.patience = READ_INTERVAL if changed else min(2 * self.patience, LONGEST_INTERVAL)
        self.number, self.woken_at = number, now
        self.event.set()


class WorkSignals:
    """The signals of one process. `commit_number`: where it is None, loops are woken at their intervals while there is work."""

    def __init__(self, commit_number: Callable[[], int | None]) -> None:
        self._commit_number = commit_number
        self._signals: list[WorkSignal] = []

    def every(self, interval: float) -> WorkSignal:
        """A signal for one loop."""
        signal = WorkSignal(interval)
        self._signals.append(signal)
        return signal

    def found_work(self) -> None:
        """A loop has found work: all read at their intervals for a while, as one kind of work often leads to another."""
        for signal in self._signals:
            signal.worked_at = time.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Look for commits until `stop` is set."""
        while not stop.is_set():
            await asyncio.sleep(LOOK_INTERVAL)
            number, now = self._commit_number(), time.monotonic()
            for signal in self._signals:
                signal.wake(number, now)
