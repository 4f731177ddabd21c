"""The dispatcher: what came in goes to the journeys, what is owed goes out, what was left behind is taken up.

Rows are leased, so several dispatchers may run; everything they do is keyed, so doing it twice does it once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager

from sqlalchemy.exc import SQLAlchemyError

from ports.carriers import CarrierSource
from runtime.hook_post import HookPost
from runtime.intake import Intake
from runtime.notice_post import NoticePost
from runtime.storefront_intake import StorefrontIntake
from runtime.sweeper import Sweeper
from store.database import Database
from store.idempotency import StoreIdempotency
from workflows.journeys import Journeys

log = logging.getLogger(__name__)

IDLE = 0.2  # seconds between looks when nobody rings
SWEEP_EVERY = 5.0
TIDY_EVERY = 3600.0


class Dispatcher:
    """Loops over the store. `arrived` rings when the inbox has something."""

    def __init__(
        self,
        db: Database,
        journeys: Journeys,
        sources: Mapping[str, CarrierSource],
        notices: NoticePost,
        storefronts: StorefrontIntake,
        answers: StoreIdempotency,
        hooks: HookPost,
        arrived: asyncio.Event,
    ) -> None:
        self._db = db
        self.intake = Intake(db, journeys, sources, storefronts, arrived)
        self.notices = notices
        self.hooks = hooks
        self.sweeper = Sweeper(db, journeys, answers, hooks.deliveries)
        self._arrived, self._draining = arrived, asyncio.Event()

    def enlisted(self) -> AbstractAsyncContextManager[None]:
        """To be held around `run`. Where no other dispatcher is at work, what a crashed one held is taken up at once."""
        return self._db.taking_part("dispatching", self.inherit)

    async def inherit(self) -> None:
        """Forget all leases; only where there is no other dispatcher. Else they run out."""
        await self.intake.inbox.inherit()
        await self.notices.outbox.inherit()
        await self.hooks.deliveries.inherit()

    def drain(self) -> None:
        """Take up nothing more: `run` returns when what is in hand is finished."""
        self._draining.set()

    async def run(self) -> None:
        """Until cancelled or drained."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._for_ever(self.intake.read, self._until_arrival))
                loops.create_task(self._for_ever(self.notices.send, lambda: asyncio.sleep(IDLE / 4)))
                loops.create_task(self._for_ever(self.hooks.send, self._until_landing))
                loops.create_task(self._for_ever(self.sweeper.sweep, lambda: asyncio.sleep(SWEEP_EVERY)))
                loops.create_task(self._for_ever(self.sweeper.tidy, lambda: asyncio.sleep(TIDY_EVERY)))
            await self.notices.land()
            await self.hooks.land()
        finally:
            await self.notices.cancel()
            await self.hooks.cancel()

    async def _for_ever(
        self, work: Callable[[], Awaitable[int]], pause: Callable[[], Awaitable[None]]
    ) -> None:
        """A database that is away comes back; a defect is told by the supervisor, not swallowed here."""
        while not self._draining.is_set():
            try:
                busy = await work()
            except SQLAlchemyError as problem:
                log.warning("the store does not answer: %s", type(problem).__name__)
                busy = 0
                await asyncio.sleep(1.0)
            if not busy:
                await self._rest(pause)

    async def _rest(self, pause: Callable[[], Awaitable[None]]) -> None:
        resting = [asyncio.ensure_future(pause()), asyncio.ensure_future(self._draining.wait())]
        try:
            await asyncio.wait(resting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in resting:
                one.cancel()

    async def _until_arrival(self) -> None:
        try:
            async with asyncio.timeout(IDLE):
                await self._arrived.wait()
        except TimeoutError:
            return
        self._arrived.clear()

    async def _until_landing(self) -> None:
        try:
            async with asyncio.timeout(IDLE):
                await self.hooks.landing()
        except TimeoutError:
            return
