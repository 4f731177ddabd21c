"""Wakes open screens when what they show has changed: one query for all screens of the process together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from operator import gt, ne
from typing import Generic, TypeVar

from services.exceptions import describe_exception
from store.orders.attention import AttentionList
from store.orders.versions import OrderVersions

log = logging.getLogger(__name__)
V = TypeVar("V", int, str)


class TooManyScreens(Exception):
    """The process, or what the screen shows, has as many open screens as are served."""


@dataclass(eq=False)
class Screen(Generic[V]):
    """One open screen. shown: the version on it. ended: the process ends, and the stream with it."""

    shown: V
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def changed(self, seconds: float) -> bool:
        """Whether there is another version than the last time, waiting at most that long. It is `shown` then."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return False
        self.woken.clear()
        return not self.ended


@dataclass(frozen=True)
class Watched(Generic[V]):
    """What screens show, by names.

    read: the versions of those names; missing: of a name that was not read. is_newer: whether the version that was read
    (first) has to be shown instead of the one that is. interval: seconds between two reads. most_of_one, most: screens.
    """

    what: str
    read: Callable[[list[str]], Awaitable[Mapping[str, V]]]
    missing: V
    is_newer: Callable[[V, V], bool]
    interval: float
    most_of_one: int
    most: int


def watched_orders(versions: OrderVersions) -> Watched[int]:
    """Orders, by our ids. A page may show a newer version than was read."""
    return Watched("orders", versions.numbers, 0, gt, 1.0, 30, 5000)


def watched_queues(attention: AttentionList) -> Watched[str]:
    """Queues of attention items, by merchants."""
    return Watched("queues", attention.marks, "", ne, 2.0, 500, 2000)


class ScreenWatch(Generic[V]):
    """The screens that are open. Without any the store is not read."""

    def __init__(self, watched: Watched[V]) -> None:
        self._watched: Watched[V] = watched
        self._screens: dict[str, set[Screen[V]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def watching(self, name: str, shown: V | None = None) -> AsyncIterator[Screen[V]]:
        """A screen for as long as it is open. shown: its version, else that of now. Raises TooManyScreens."""
        self._check_limits(name)
        screen = Screen(await self._read(name) if shown is None else shown)
        self._screens.setdefault(name, set()).add(screen)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield screen
        finally:
            self._screens[name].discard(screen)
            if not self._screens[name]:
                del self._screens[name]

    async def close(self) -> None:
        """End every stream, as the process ends."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        for screens in self._screens.values():
            for screen in screens:
                screen.ended = True
                screen.woken.set()

    def _check_limits(self, name: str) -> None:
        of_one, all_screens = len(self._screens.get(name, ())), sum(map(len, self._screens.values()))
        if self._closed or of_one >= self._watched.most_of_one or all_screens >= self._watched.most:
            raise TooManyScreens

    async def _read(self, name: str) -> V:
        return (await self._watched.read([name])).get(name, self._watched.missing)

    async def _run(self) -> None:
        """While a screen is open. A failure of the store is tried again: screens are only late by that."""
        while self._screens:
            try:
                names = [*self._screens]
                self._wake(names, await self._watched.read(names))
            except Exception as error:  # noqa: BLE001 - screens outlive an outage of the store
                log.warning(
                    "the %s on screens were not read: %s", self._watched.what, describe_exception(error)
                )
            await asyncio.sleep(self._watched.interval)
        self._task = None

    def _wake(self, names: list[str], versions: Mapping[str, V]) -> None:
        for name in names:
            version = versions.get(name, self._watched.missing)
            for screen in self._screens.get(name, ()):
                if self._watched.is_newer(version, screen.shown):
                    screen.shown = version
                    screen.woken.set()
