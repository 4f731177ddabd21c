"""Wakes open screens when their order has a newer version: one query a second for all screens of the process together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.exceptions import describe_exception
from store.orders.versions import OrderVersions

log = logging.getLogger(__name__)
INTERVAL = 1.0  # seconds between two reads of the versions
MAX_VIEWERS = 5000  # of one process
MAX_OF_ORDER = 30


class TooManyViewers(Exception):
    """The process, or the order, has as many open screens as it serves."""


@dataclass(eq=False)
class Viewer:
    """One open screen. version: the one that it shows. ended: the process ends, and the stream with it."""

    version: int
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def newer(self, seconds: float) -> bool:
        """whether a version after that one was written, waiting at most that long."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return False
        return not self.ended

    def show(self, number: int) -> None:
        """The screen shows that version now."""
        self.version = max(self.version, number)
        self.woken.clear()


class OrderWatch:
    """The orders on open screens. Without any the store is not read."""

    def __init__(self, versions: OrderVersions, interval: float = INTERVAL) -> None:
        self._versions, self._interval = versions, interval
        self._viewers: dict[str, set[Viewer]] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many screens are open."""
        return sum(map(len, self._viewers.values()))

    @asynccontextmanager
    async def watching(self, order: str, seen: int) -> AsyncIterator[Viewer]:
        """A screen that shows that version of the order (our id), for as long as it is open. Raises TooManyViewers."""
        if self._closed or self.viewers >= MAX_VIEWERS or len(self._viewers.get(order, ())) >= MAX_OF_ORDER:
            raise TooManyViewers
        viewer = Viewer(seen)
        self._viewers.setdefault(order, set()).add(viewer)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield viewer
        finally:
            self._viewers[order].discard(viewer)
            if not self._viewers[order]:
                del self._viewers[order]

    async def close(self) -> None:
        """End every stream, as the process ends."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        for viewers in self._viewers.values():
            for viewer in viewers:
                viewer.ended = True
                viewer.woken.set()

    async def _run(self) -> None:
        """While a screen is open. A failure of the store is tried again: screens are only late by that."""
        while self._viewers:
            try:
                self._wake(await self._versions.numbers([*self._viewers]))
            except Exception as error:  # noqa: BLE001 - screens outlive an outage of the store
                log.warning("the versions of orders on screens were not read: %s", describe_exception(error))
            await asyncio.sleep(self._interval)
        self._task = None

    def _wake(self, numbers: dict[str, int]) -> None:
        for order, number in numbers.items():
            for viewer in self._viewers.get(order, ()):
                if number > viewer.version:
                    viewer.woken.set()
