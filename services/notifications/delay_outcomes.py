"""Outcomes of delay notices, as the order's journey learns of them: later notices depend on what the customer was told."""

from dataclasses import dataclass
from datetime import datetime

from domain import notice_keys
from domain.delays.notice_outcomes import DelayNoticeDropped, DelayNoticeSent
from domain.model.delay import MAX_SEND_DELAY
from domain.model.notice import Notice
from domain.notifications.facts import Stale
from services.journeys import Journeys
from services.notifications.send_planner import PreparedNotice
from store.merchants.clock import Clocks
from store.notifications.outbox import Outbox
from store.notifications.sent_notices import sent_notices
from store.tables.all import OutboxRow

_OVER = ("order_cancelled", "already_delivered")  # no delay of it will be news


@dataclass(frozen=True)
class DelayOutcomes:
    """Signals journeys. Raises JourneyUnavailable."""

    outbox: Outbox
    clocks: Clocks
    journeys: Journeys

    async def leaves(self, prepared: PreparedNotice, now: datetime) -> None:
        """The journey has to know before it leaves of one that waited long, or says something else than was written."""
        notice, row = prepared.notice, prepared.row
        again = notice_keys.is_copy(row.key)
        waited = now - notice.at > MAX_SEND_DELAY and not again
        if notice.kind != "delayed" or not (prepared.revised or waited):
            return
        expected = notice.details.get("expected")
        event = DelayNoticeSent(
            subject=notice.subject,
            revision=int(notice.details["revision"]),
            at=now,
            reason=str(notice.details["reason"]),
            expected=datetime.fromisoformat(str(expected)) if expected else None,
            attempt=int(notice.details.get("attempts", 0)),
            again=again,
            now=await self.clocks.get(row.merchant),
        )
        await self.journeys.signal(row.merchant, row.order, event)

    async def dropped(self, row: OutboxRow, stale: Stale) -> None:
        """The customer does not know of the delay, unless the notice may have left before a crash."""
        notice = Notice.model_validate_json(row.notice)
        known = row.sending_at is not None or notice_keys.is_copy(row.key)
        if notice.kind != "delayed" or known or stale.reason in _OVER:
            return
        sent = sent_notices(await self.outbox.of_order(row.merchant, row.order))
        promised = [
            datetime.fromisoformat(str(one.details["next_update"]))
            for one in sent
            if one.subject == notice.subject and "next_update" in one.details
        ]
        event = DelayNoticeDropped(
            subject=notice.subject,
            revision=int(notice.details["revision"]),
            at=await self.clocks.business_now(row.merchant),
            promised_until=max(promised, default=None),
            now=await self.clocks.get(row.merchant),
        )
        await self.journeys.signal(row.merchant, row.order, event)
