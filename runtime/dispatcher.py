"""The dispatcher: what came in goes to the journeys, what is owed goes out, what was left behind is taken up.

Rows are leased, so several dispatchers may run; everything they do is keyed, so doing it twice does it once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from api.middleware import described
from domain.delays import SENDING
from domain.facts import NoticeLeft, ParcelReport
from domain.judging import overtaken
from domain.notices import Notice
from domain.texts import Addressee, render
from ports.carriers import CarrierSource, Report, Unreadable
from ports.channels import Bounced, Channel, Message, Unreachable
from ports.failpoints import hit
from store import credit
from store.clock import Clocks
from store.columns import real_now
from store.database import Database
from store.idempotency import StoreIdempotency
from store.inbox import Inbox
from store.merchants import Merchants
from store.orders import Orders
from store.outbox import Outbox
from store.parcels import Parcels, Sought
from store.records import JourneyRecords
from store.tables import InboxRow, OutboxRow
from store.vault import ERASED, Vault
from workflows.journeys import Journeys, NotAnswering

log = logging.getLogger(__name__)

IDLE = 0.2  # seconds between looks when nobody rings
SWEEP_EVERY = 5.0
TIDY_EVERY = 3600.0
_KEPT = timedelta(days=60)  # raw messages and answers under keys: longer than anybody repeats them
_SILENT_AT_MOST = (
    3  # orders in a row; then it is Temporal that does not answer, and the next sweep tries again
)
_FORGOTTEN = timedelta(seconds=5)  # an order without a journey after that was left by a crash


class Dispatcher:
    """Four loops over the store. `arrived` rings when the inbox has something."""

    def __init__(
        self,
        db: Database,
        journeys: Journeys,
        vault: Vault,
        merchants: Merchants,
        sources: Mapping[str, CarrierSource],
        channel: Channel,
        answers: StoreIdempotency,
        arrived: asyncio.Event,
    ) -> None:
        self._db, self._journeys, self._vault, self._merchants = db, journeys, vault, merchants
        self._sources, self._channel, self._answers, self._arrived = sources, channel, answers, arrived
        self._inbox, self._outbox, self._clocks = Inbox(db), Outbox(db), Clocks(db)
        self._orders, self._parcels, self._records = Orders(db), Parcels(db), JourneyRecords(db)
        self._silent: set[str] = set()
        self._draining = asyncio.Event()

    async def inherit(self) -> None:
        """Take up at once what a crashed dispatcher held; only where there can be no other one. Else leases run out."""
        await self._inbox.inherit()
        await self._outbox.inherit()

    def drain(self) -> None:
        """Take up nothing more: `run` returns when what is in hand is finished."""
        self._draining.set()

    async def run(self) -> None:
        """Until cancelled or drained."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._for_ever(self.read_inbox, self._until_arrival))
            loops.create_task(self._for_ever(self.send_outbox, lambda: asyncio.sleep(IDLE / 4)))
            loops.create_task(self._for_ever(self.sweep, lambda: asyncio.sleep(SWEEP_EVERY)))
            loops.create_task(self._for_ever(self.tidy, lambda: asyncio.sleep(TIDY_EVERY)))

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

    async def read_inbox(self) -> int:
        """Apply what carriers told; how many messages were worked on."""
        rows = await self._inbox.claim(limit=50)
        for row in rows:
            assert row.id is not None
            if not self._inbox.holds(row):
                break  # the others before took too long: somebody may have it, else we claim it again
            defect = await _alone(f"delivery {row.id}", self._apply(row, row.id))
            if defect is not None:
                await self._inbox.bury(row.id, defect)
        return len(rows)

    async def _apply(self, row: InboxRow, row_id: int) -> None:
        try:
            reports = self._sources[row.source].read(row.body, row.heard_at)
        except Unreadable as problem:
            await self._inbox.bury(row_id, str(problem))
            return
        strangers = set()
        hit("inbox.claimed")
        try:
            for report in reports:
                sought = Sought(report.tracking_number, report.carrier, report.shipped_on)
                if not await self._hand_over(row.merchant, report, sought):
                    strangers.add(sought)
        except NotAnswering:
            await self._inbox.fail(row_id, "temporal does not answer")
            return
        hit("inbox.signalled")
        if strangers:
            await self._inbox.park(row_id, strangers)
        elif reports:
            await self._inbox.done(row_id)
        else:
            await self._inbox.ignored(row_id, "not about parcels")

    async def _hand_over(self, merchant: str, report: Report, sought: Sought) -> bool:
        """Tell the journey of the newest parcel with that number; false when nobody knows the parcel."""
        found = await self._parcels.find(merchant, sought)
        if not found:
            return False
        fact = ParcelReport(
            carrier=found[0].carrier,
            tracking_number=report.tracking_number,
            shipped_on=found[0].shipped_on.isoformat() if found[0].shipped_on else None,
            scans=report.scans,
            estimate=report.estimate,
            now=await self._clocks.get(merchant),
        )
        await self._journeys.tell(merchant, found[0].order, fact)
        if fact.now is not None:  # a sandbox clock waits for this delivery, so that what follows has its time
            await self._journeys.until_settled(merchant, found[0].order)
        return True

    async def send_outbox(self) -> int:
        """Send what is owed and still true; how many notices were worked on."""
        rows = await self._outbox.claim(limit=50)
        for row in rows:
            defect = await _alone(f"notice {row.id}", self._judge(row))
            if defect is not None:
                await self._outbox.bury(row, defect)
        return len(rows)

    async def _judge(self, row: OutboxRow) -> None:
        """Send it unless it is untrue by now or there is nobody to send it to."""
        notice = Notice.model_validate_json(row.notice)
        known = await self._records.snapshot(row.merchant, row.order)
        assert known is not None, "a notice is written together with its snapshot"
        sent = await self._outbox.sent_times(row.merchant, row.order)
        stale = overtaken(notice, known.state, sent)
        if stale is not None:
            await self._outbox.dropped(row, stale)
            return
        order = known.state.order
        name, email = (
            await self._vault.open(order.customer.name),
            await self._vault.open(order.customer.email),
        )
        if ERASED in (name, email):
            await self._outbox.dropped(row, "erased person")
            return
        to = Addressee(name=name, order_id=order.order_id, zone=order.destination.zone)
        subject, text = render(notice, to)
        message = Message(
            message_id=row.message_id, merchant=row.merchant, to=email, subject=subject, text=text
        )
        await self._send(row, notice, message)

    async def _send(self, row: OutboxRow, notice: Notice, message: Message) -> None:
        now = await self._clocks.business_now(row.merchant)
        if not await self._outbox.begin(row, now):
            return
        hit("notice.claimed")
        try:
            await self._report_late(row, notice, now)
            await self._channel.send(message)
        except NotAnswering:
            await self._outbox.again(row, timedelta(seconds=5), "temporal does not answer")
        except Bounced:
            await self._outbox.dropped(row, "bounced")
        except Unreachable as problem:
            await self._outbox.again(row, timedelta(seconds=2 ** min(row.attempts, 9)), str(problem))
        else:
            hit("mail.accepted")
            await self._outbox.sent(row, await self._clocks.business_now(row.merchant))

    async def _report_late(self, row: OutboxRow, notice: Notice, now: datetime) -> None:
        """A delay that lay here for long is judged by when it left; its journey has to know before it does."""
        if notice.kind == "delayed" and now - notice.at > SENDING:
            revision, clock = int(notice.facts["revision"]), await self._clocks.get(row.merchant)
            left = NoticeLeft(subject=notice.subject, revision=revision, at=now, now=clock)
            await self._journeys.tell(row.merchant, row.order, left)

    async def sweep(self) -> int:
        """Start orders that a crash left unstarted, bury what waited too long, let old credit expire."""
        await self._start_forgotten()
        await self._inbox.bury_forgotten()
        await self._expire_credit()
        return 0

    async def _start_forgotten(self) -> None:
        """The one that did not answer last time comes last: a few broken orders must not keep the others waiting."""
        rows = await self._orders.unstarted(real_now() - _FORGOTTEN)
        silent_before, self._silent = self._silent, set()
        in_a_row = 0
        for row in sorted(rows, key=lambda row: row.id in silent_before):
            try:
                await _alone(f"order {row.id}", self._journeys.place(row.merchant, row.id))
                in_a_row = 0
            except NotAnswering:
                self._silent.add(row.id)
                in_a_row += 1
            if in_a_row == _SILENT_AT_MOST:
                self._silent |= silent_before
                return

    async def tidy(self) -> int:
        """Forget what nobody needs any more and what may hold traces of people."""
        await self._inbox.forget_bodies(real_now() - _KEPT)
        await self._answers.forget(real_now() - _KEPT)
        return 0

    async def _expire_credit(self) -> None:
        async with self._db.read() as session:
            oldest = await credit.soonest_expiry(session)
        for merchant, expires_at in oldest.items():
            await _alone(f"credit of {merchant}", self._expire(merchant, expires_at))

    async def _expire(self, merchant: str, expires_at: datetime) -> None:
        now = await self._clocks.business_now(merchant)
        if expires_at <= now:
            async with self._db.write() as session:
                await credit.expire(session, merchant, now)


async def _alone(what: str, work: Awaitable[object]) -> str | None:
    """Do one row's work. A defect of it is told and answered by its type, so that the rows after it have their turn.

    What may be better next time is raised: Temporal or the store that does not answer.
    """
    try:
        await work
    except (NotAnswering, OperationalError, NoConnection):
        raise
    except Exception as defect:  # noqa: BLE001 - of one row; what is around it still stops the service
        log.error("%s is defective: %s", what, described(defect))
        return type(defect).__name__
    return None
