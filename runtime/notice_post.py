"""Notices that are owed leave for the customers, if they are still true."""

from datetime import datetime, timedelta

from domain.delays import SENDING
from domain.facts import NoticeLeft
from domain.judging import overtaken
from domain.notices import Notice
from domain.texts import Addressee, render
from ports.channels import Bounced, Channel, Message, Unreachable
from ports.failpoints import hit
from runtime.alone import alone
from store.clock import Clocks
from store.database import Database
from store.outbox import Outbox
from store.records import JourneyRecords
from store.tables import OutboxRow
from store.vault import ERASED, Vault
from workflows.journeys import Journeys, NotAnswering


class NoticePost:
    """Works off the outbox. Notices are leased and judged again right before they leave, under one id over all tries."""

    def __init__(self, db: Database, journeys: Journeys, vault: Vault, channel: Channel) -> None:
        self.outbox = Outbox(db)
        self._journeys, self._vault, self._channel = journeys, vault, channel
        self._clocks, self._records = Clocks(db), JourneyRecords(db)

    async def send(self) -> int:
        """Send what is owed and still true; how many notices were worked on."""
        rows = await self.outbox.claim(limit=50)
        for row in rows:
            defect = await alone(f"notice {row.id}", self._judge(row))
            if defect is not None:
                await self.outbox.bury(row, defect)
        return len(rows)

    async def _judge(self, row: OutboxRow) -> None:
        """Send it unless it is untrue by now or there is nobody to send it to."""
        notice = Notice.model_validate_json(row.notice)
        known = await self._records.snapshot(row.merchant, row.order)
        assert known is not None, "a notice is written together with its snapshot"
        sent = await self.outbox.sent_times(row.merchant, row.order)
        stale = overtaken(notice, known.state, sent)
        if stale is not None:
            await self.outbox.dropped(row, stale)
            return
        order = known.state.order
        name, email = (
            await self._vault.open(order.customer.name),
            await self._vault.open(order.customer.email),
        )
        if ERASED in (name, email):
            await self.outbox.dropped(row, "erased person")
            return
        if not email:
            await self.outbox.dropped(row, "no address")
            return
        to = Addressee(name=name, order_id=order.number or order.order_id, zone=order.destination.zone)
        subject, text = render(notice, to)
        message = Message(
            message_id=row.message_id, merchant=row.merchant, to=email, subject=subject, text=text
        )
        await self._send(row, notice, message)

    async def _send(self, row: OutboxRow, notice: Notice, message: Message) -> None:
        now = await self._clocks.business_now(row.merchant)
        if not await self.outbox.begin(row, now):
            return
        hit("notice.claimed")
        try:
            await self._report_late(row, notice, now)
            await self._channel.send(message)
        except NotAnswering:
            await self.outbox.again(row, timedelta(seconds=5), "temporal does not answer")
        except Bounced:
            await self.outbox.dropped(row, "bounced")
        except Unreachable as problem:
            await self.outbox.again(row, timedelta(seconds=2 ** min(row.attempts, 9)), str(problem))
        else:
            hit("mail.accepted")
            await self.outbox.sent(row, await self._clocks.business_now(row.merchant))

    async def _report_late(self, row: OutboxRow, notice: Notice, now: datetime) -> None:
        """A delay that lay here for long is judged by when it left; its journey has to know before it does."""
        if notice.kind == "delayed" and now - notice.at > SENDING:
            revision, clock = int(notice.facts["revision"]), await self._clocks.get(row.merchant)
            left = NoticeLeft(subject=notice.subject, revision=revision, at=now, now=clock)
            await self._journeys.tell(row.merchant, row.order, left)
