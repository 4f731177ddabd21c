"""What a mail server or relay reports of a letter, applied: shown, and for a bounce or complaint acted upon."""

import logging
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor, Role
from domain.model.notice import Notice
from domain.notifications.bounced_letters import NEEDED_BY_CUSTOMER, LetterBounced, LetterProblem
from domain.notifications.delivery_decision import Drop
from domain.notifications.letter_reports import is_news
from domain.notifications.preferences import TOPICS, ChannelPreference
from ports.mail_reports import MailReport
from services.clock import real_now
from services.journeys import Journeys
from services.notifications.send_planner import PreparedNotice, SendPlanner
from store.merchants.clock import Clocks
from store.notifications.bounced_notices import BouncedNotices
from store.notifications.letters import Letter, Letters
from store.notifications.preferences import Preferences
from store.notifications.suppressions import Suppression, Suppressions
from store.privacy.vault import ERASED
from store.tables.all import OutboxRow

log = logging.getLogger(__name__)

_COMPLAINER = Actor(role=Role.CUSTOMER, name="complaint")


@dataclass(frozen=True)
class LetterReports:
    """Applies reports, in any order and more than once with the effect of once."""

    letters: Letters
    notices: BouncedNotices
    suppressions: Suppressions
    preferences: Preferences
    planner: SendPlanner
    clocks: Clocks
    journeys: Journeys

    async def apply(self, report: MailReport) -> bool:
        """Apply one report; False when no letter has that reference. Raises JourneyUnavailable.

        The report is recorded last, so that one whose work a crash cut off is applied when it is repeated.
        """
        found = await self.letters.by_reference(report.reference)
        if found is None:
            return False
        merchant, letter = found
        if not is_news(report.report, letter.status):
            return True
        at = await self._business_time(merchant, report.at)
        if report.report in ("bounced", "complained"):
            await self._act(merchant, letter, report, at)
        await self.letters.record_report(merchant, letter.message_id, report.report, report.reason, at)
        return True

    async def _business_time(self, merchant: str, at: datetime | None) -> datetime:
        """When it happened: as stated, unless that is to come. A sandbox merchant's letters have its clock's time."""
        clock = await self.clocks.get(merchant)
        return clock or min(at or real_now(), real_now())

    async def _act(self, merchant: str, letter: Letter, report: MailReport, at: datetime) -> None:
        problem: LetterProblem = "complained" if report.report == "complained" else "bounced"
        if letter.to != ERASED:
            entry = Suppression("", letter.to, letter.customer, letter.order, problem, report.reason, at)
            await self.suppressions.add(merchant, entry)
            if problem == "complained":
                await self._unsubscribe(merchant, letter.customer, at)
        for row in await self.notices.in_letter(merchant, letter.message_id):
            if problem == "bounced":
                await self._try_next_channel(row)
            event = LetterBounced(
                problem=problem,
                notice=row.key,
                cause=report.reason,
                at=at,
                now=await self.clocks.get(merchant),
            )
            await self.journeys.signal(merchant, row.order, event)

    async def refused(self, row: OutboxRow, address: str, reason: str, at: datetime) -> None:
        """The mail server said at once that the address does not exist; the notice goes on to the next channel."""
        entry = Suppression("", address, row.customer, row.order, "bounced", reason, at)
        await self.suppressions.add(row.merchant, entry)

    async def not_sent(self, row: OutboxRow) -> None:
        """A notice cannot be sent: its own letter was refused, or its address is suppressed. Raises JourneyUnavailable."""
        event = LetterBounced(
            problem="bounced" if "email" in row.bounced_channels.split(",") else "suppressed",
            notice=row.key,
            cause="",
            at=await self.clocks.business_now(row.merchant),
            now=await self.clocks.get(row.merchant),
        )
        await self.journeys.signal(row.merchant, row.order, event)

    async def _unsubscribe(self, merchant: str, customer: str, at: datetime) -> None:
        """The customer gets no e-mail any more that they can refuse; what is about money and rights stays."""
        choices = [
            ChannelPreference(
                channel="email",
                topic=topic,
                allowed=False,
                source="complaint",
                at=at,
                by="customer/complaint",
            )
            for topic in TOPICS
        ]
        await self.preferences.record_choices(merchant, customer, choices, _COMPLAINER)

    async def _try_next_channel(self, row: OutboxRow) -> None:
        """What the customer needs goes by another channel that they allow, as long as it is still true."""
        if Notice.model_validate_json(row.notice).kind not in NEEDED_BY_CUSTOMER:
            return
        prepared = await self.planner.prepare(row)
        if not isinstance(prepared, PreparedNotice):
            return
        now = await self.clocks.business_now(row.merchant)
        if not isinstance(prepared.decision(now), Drop):
            await self.notices.requeue(row)
