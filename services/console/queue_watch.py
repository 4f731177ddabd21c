"""Wakes open screens of the queue when it has changed: one query for all screens of the process together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.exceptions import describe_exception
from store.orders.attention import AttentionList

log = logging.getLogger(__name__)
INTERVAL = 2.0  # seconds between two reads
MAX_SCREENS = 2000  # of one process
MAX_OF_MERCHANT = 500


class TooManyScreens(Exception):
    """The process, or the merchant, has as many open screens as it serves."""


@dataclass(eq=False)
class QueueScreen:
    """One open screen. mark: of the queue that it shows. ended: the process ends, and the stream with it."""

    mark: str
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def changed(self, seconds: float) -> bool:
        """Whether the queue has changed since the last time, waiting at most that long."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return False
        self.woken.clear()
        return not self.ended


class QueueWatch:
    """The merchants whose queue is on open screens. Without any the store is not read."""

    def __init__(self, attention: AttentionList, interval: float = INTERVAL) -> None:
        self._attention, self._interval = attention, interval
        self._screens: dict[str, set[QueueScreen]] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def watching(self, merchant: str) -> AsyncIterator[QueueScreen]:
        """A screen of that merchant's queue, for as long as it is open. Raises TooManyScreens."""
        if self._closed or len(self._screens.get(merchant, ())) >= MAX_OF_MERCHANT:
            raise TooManyScreens
        if sum(map(len, self._screens.values())) >= MAX_SCREENS:
            raise TooManyScreens
        marks = await self._attention.marks((merchant,))
        screen = QueueScreen(marks.get(merchant, ""))
        self._screens.setdefault(merchant, set()).add(screen)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield screen
        finally:
            self._screens[merchant].discard(screen)
            if not self._screens[merchant]:
                del self._screens[merchant]

    async def close(self) -> None:
        """End every stream, as the process ends."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        for screens in self._screens.values():
            for screen in screens:
                screen.ended = True
                screen.woken.set()

    async def _run(self) -> None:
        """While a screen is open. A failure of the store is tried again: screens are only late by that."""
        while self._screens:
            try:
                self._wake([*self._screens], await self._attention.marks([*self._screens]))
            except Exception as error:  # noqa: BLE001 - screens outlive an outage of the store
                log.warning("the queues on screens were not read: %s", describe_exception(error))
            await asyncio.sleep(self._interval)
        self._task = None

    def _wake(self, merchants: list[str], marks: dict[str, str]) -> None:
        for merchant in merchants:
            mark = marks.get(merchant, "")
            for screen in self._screens.get(merchant, ()):
                if screen.mark != mark:
                    screen.mark = mark
                    screen.woken.set()
