"""What happened to orders is shown in their storefronts: an order's updates in line, each until the storefront has it."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from domain import payment_keys, storefront_keys
from domain.model.storefront_update import StorefrontUpdate
from domain.orders.storefront_behind import StorefrontBehind
from ports.payments import AccountRefused, OutcomeUnknown
from ports.storefront_updates import NotShown, ShopWrite, Shown, StorefrontWriter
from services.clock import real_now
from services.in_flight import InFlight
from services.isolation import isolated
from services.journeys import Journeys, JourneyUnavailable
from store.engine.queue import backoff
from store.merchants.clock import Clocks
from store.orders.storefront_updates import StorefrontUpdates
from store.tables.all import StorefrontUpdateRow

log = logging.getLogger(__name__)

MAX_PER_MERCHANT: Final = 3
MAX_IN_FLIGHT: Final = 24
LONGEST_WAIT: Final = timedelta(hours=1)
REFUSED_KEYS_WAIT: Final = timedelta(minutes=15)
QUESTION_AFTER: Final = timedelta(days=1)
NEXT_QUESTION_AFTER: Final = timedelta(days=7)
_MAX_REASON: Final = 200


class LeaseLost(Exception):
    """Another process has claimed the update since."""


class StorefrontSender:
    """Sends updates, many at a time. `writers`: the storefronts by name; `now`: real time."""

    def __init__(
        self,
        updates: StorefrontUpdates,
        writers: Mapping[str, StorefrontWriter],
        journeys: Journeys,
        clocks: Clocks,
        now: Callable[[], datetime] = real_now,
    ) -> None:
        self.updates = updates
        self._writers, self._journeys, self._clocks, self._now = writers, journeys, clocks, now
        self.in_flight: InFlight[str] = InFlight()

    async def send(self) -> int:
        """Start sending what is due and has a free slot; how many."""
        started, busy = 0, Counter(self.in_flight.targets)
        for merchant in sorted(await self.updates.due(), key=lambda one: busy[one]):
            slots = min(MAX_PER_MERCHANT - busy[merchant], MAX_IN_FLIGHT - len(self.in_flight))
            for row in await self.updates.claim(merchant, slots) if slots > 0 else ():
                self.in_flight.start(merchant, self._deliver(row))
                started += 1
        return started

    async def _deliver(self, row: StorefrontUpdateRow) -> None:
        """Send one and write the outcome. If the store or Temporal fails, it is claimed again when its lease has ended."""
        try:
            defect = await isolated(f"storefront update {row.id}", self._send_one(row))
            if defect is not None:
                await self._wait(row, backoff(row.attempts, LONGEST_WAIT), defect)
        except (SQLAlchemyError, JourneyUnavailable) as problem:
            log.warning("a storefront update waits: %s", type(problem).__name__)

    async def _send_one(self, row: StorefrontUpdateRow) -> None:
        async def sending(what: str) -> None:
            if not await self.updates.mark_sent(row, what):
                raise LeaseLost

        try:
            answer = await self._writers[row.storefront].show(_write_of(row), sending)
        except LeaseLost:
            return
        except AccountRefused as problem:
            await self._wait(row, REFUSED_KEYS_WAIT, str(problem))
        except OutcomeUnknown as problem:
            await self._wait(row, backoff(row.attempts, LONGEST_WAIT), str(problem))
        else:
            await self._end(row, answer)

    async def _end(self, row: StorefrontUpdateRow, answer: Shown | NotShown) -> None:
        if isinstance(answer, NotShown):
            log.warning("%s refuses %s of %s", row.storefront, row.key.partition("/")[0], row.order)
            await self.updates.refused(row, answer.reason[:_MAX_REASON])
            await self._open_question(row)
            return
        await self.updates.done(row, answer.reference, answer.reason)
        if row.question_at is not None and not await self.updates.has_question(row.order):
            await self._report(row, behind=False)

    async def _wait(self, row: StorefrontUpdateRow, delay: timedelta, reason: str) -> None:
        """Try again later. After a day without success a person is asked, and again each week."""
        await self.updates.retry_later(row, delay, reason[:_MAX_REASON])
        if _needs_question(row, self._now()):
            await self._open_question(row)

    async def _open_question(self, row: StorefrontUpdateRow) -> None:
        await self._report(row, behind=True)
        await self.updates.note_question(row)

    async def _report(self, row: StorefrontUpdateRow, *, behind: bool) -> None:
        now = await self._clocks.get(row.merchant)
        await self._journeys.signal(row.merchant, row.order, StorefrontBehind(behind=behind, now=now))


def _needs_question(row: StorefrontUpdateRow, now: datetime) -> bool:
    if row.question_at is not None:
        return now - row.question_at >= NEXT_QUESTION_AFTER
    return now - row.created_at >= QUESTION_AFTER


def _write_of(row: StorefrontUpdateRow) -> ShopWrite:
    update = StorefrontUpdate.model_validate_json(row.body)
    is_payment = update.kind in ("refunded", "refund_failed")
    return ShopWrite(
        merchant=row.merchant,
        order=row.shop_order,
        pays=row.pays,
        sent_it=row.sent_it,
        key=storefront_keys.storefront_update_of(row.order, row.key),
        leg_key=payment_keys.provider_refund(row.merchant, update.subject) if is_payment else "",
        update=update,
        sent=row.sent,
        sent_at=row.sent_at,
    )
