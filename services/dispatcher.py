"""The dispatcher: applies what was delivered to us, sends notices and webhooks, and keeps house.

Rows are leased, so that several dispatchers may run. Everything they do is keyed, so that doing it twice has one effect.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from domain import keys
from services.housekeeping import Housekeeping
from services.inbound.processor import InboxProcessor
from services.notifications.sender import NotificationSender
from services.orders.storefront_sender import StorefrontSender
from services.webhooks.sender import WebhookSender
from services.work_signals import WorkSignal, WorkSignals
from store.engine.database import Database

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[int]]
Pause = Callable[[], Awaitable[None]]

# Seconds between two reads of the store while something is going on and nothing else wakes a loop.
IDLE_POLL_INTERVAL = 0.2
NOTICE_POLL_INTERVAL = 0.05
PERSONS_POLL_INTERVAL = 1.0
SWEEP_INTERVAL = 5.0  # seconds
PURGE_INTERVAL = 3600.0  # seconds


class Dispatcher:
    """Runs one loop for each kind of work."""

    def __init__(
        self,
        db: Database,
        inbox_processor: InboxProcessor,
        notification_sender: NotificationSender,
        webhook_sender: WebhookSender,
        storefront_sender: StorefrontSender,
        housekeeping: Housekeeping,
    ) -> None:
        self._db = db
        self.inbox_processor = inbox_processor
        self.notification_sender = notification_sender
        self.webhook_sender = webhook_sender
        self.storefront_sender = storefront_sender
        self.housekeeping = housekeeping
        self._draining = asyncio.Event()
        self._signals = WorkSignals(db.commit_number)

    def registered(self) -> AbstractAsyncContextManager[None]:
        """Hold this around `run`. If no other dispatcher runs, the leases of a crashed one are released at once."""
        return self._db.shared(keys.DISPATCHING, self.release_leases)

    async def release_leases(self) -> None:
        """Release all leases; only if no other dispatcher runs. Otherwise they expire by themselves."""
        await self.inbox_processor.inbox.release_leases()
        await self.notification_sender.outbox.release_leases()
        await self.webhook_sender.deliveries.release_leases()
        await self.storefront_sender.updates.release_leases()

    def drain(self) -> None:
        """Claim nothing more: `run` returns when what is in flight is finished."""
        self._draining.set()

    async def run(self) -> None:
        """Run until cancelled or drained."""
        try:
            async with asyncio.TaskGroup() as loops:
                for work, pause in self._work():
                    loops.create_task(self._repeat(work, pause))
                loops.create_task(self._signals.run(self._draining))
            await self.inbox_processor.in_flight.drain()
            await self.notification_sender.drain()
            await self.webhook_sender.in_flight.drain()
            await self.storefront_sender.in_flight.drain()
        finally:
            await self.inbox_processor.in_flight.cancel()
            await self.notification_sender.cancel()
            await self.webhook_sender.cancel()
            await self.storefront_sender.in_flight.cancel()

    def _work(self) -> Sequence[tuple[Work, Pause]]:
        """What each loop does, and how it pauses when there was nothing to do."""
        inbox, webhooks, updates = self.inbox_processor, self.webhook_sender, self.storefront_sender
        every = self._signals.every
        return (
            (
                inbox.process,
                self._woken(every(IDLE_POLL_INTERVAL), inbox.until_arrival, inbox.in_flight.wait_for_any),
            ),
            (self.notification_sender.send, self._woken(every(NOTICE_POLL_INTERVAL))),
            (webhooks.send, self._woken(every(IDLE_POLL_INTERVAL), webhooks.in_flight.wait_for_any)),
            (updates.send, self._woken(every(IDLE_POLL_INTERVAL), updates.in_flight.wait_for_any)),
            (self.housekeeping.serve_persons, self._woken(every(PERSONS_POLL_INTERVAL))),
            (self.housekeeping.sweep, partial(asyncio.sleep, SWEEP_INTERVAL)),
            (self.housekeeping.purge, partial(asyncio.sleep, PURGE_INTERVAL)),
        )

    async def _repeat(self, work: Work, pause: Pause) -> None:
        """Repeat; pause when there was no work. A database failure is waited out, a defect is raised and ends the process."""
        while not self._draining.is_set():
            try:
                busy = await work()
            except SQLAlchemyError as problem:
                log.warning("the store does not answer: %s", type(problem).__name__)
                busy = 0
                await asyncio.sleep(1.0)
            if busy:
                self._signals.found_work()
            else:
                await self._pause(pause)

    def _woken(self, signal: WorkSignal, *others: Pause) -> Pause:
        """A pause that ends when the store may have work for the loop, or with one of `others`."""

        async def pause() -> None:
            await _first_of(signal.event.wait(), *(other() for other in others))
            signal.event.clear()  # before the loop reads

        return pause

    async def _pause(self, pause: Pause) -> None:
        """Pause, but no longer than until draining begins."""
        await _first_of(pause(), self._draining.wait())


async def _first_of(*awaitables: Awaitable[object]) -> None:
    """Until one of them has ended; the others are cancelled."""
    waits = [asyncio.ensure_future(each) for each in awaitables]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
