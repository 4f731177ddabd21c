"""Bounces and complaints that are reported after a letter has left: what is shown, and what is done about them."""

import json
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select

from domain.actors import SYSTEM
from domain.model.notice_policy import NoticePolicy
from domain.notifications.bounced_letters import LetterBounced
from domain.notifications.letter_reports import Report
from domain.notifications.preferences import ChannelPreference, is_allowed
from ports.channels import Bounced
from ports.mail_reports import MailReport
from runtime.notification_wiring import make_letter_reports
from services.notifications.letter_reports import LetterReports
from store.audit import AuditLine
from store.merchants.merchants import NewMerchant
from store.notifications.letters import Letter
from store.tables.all import SuppressedAddressRow
from tests.builders import PLACED
from tests.databases import raw
from tests.runtime.dispatcher_harness import send_all
from tests.runtime.notification_harness import NotificationHarness, cap_discrepancies

pytestmark = pytest.mark.parametrize("policy", [NoticePolicy(channels=("email", "sms"), digest_minutes=0)])


class Reported:
    """The harness with reports about its letters."""

    def __init__(self, harness: NotificationHarness) -> None:
        self.harness, self.channel = harness, harness.channel
        self.reports: LetterReports = make_letter_reports(
            harness.stores,
            harness.channels,
            harness.journeys,  # type: ignore[arg-type]
        )

    async def sent(self, order: str, kind: str = "delayed") -> str:
        """Send a notice of that order; the reference of its letter."""
        await self.harness.enqueue(order, kind=kind)
        await send_all(self.harness.sender)
        return self.channel.accepted[-1].reference

    async def report(self, reference: str, report: Report, reason: str = "550 5.1.1 unknown") -> bool:
        return await self.reports.apply(MailReport(reference=reference, report=report, reason=reason))

    async def letter(self, order: str) -> Letter:
        rows = await self.harness.rows(order)
        letters = await self.harness.stores.letters.of_notices("acme", rows)
        return letters[rows[0].key][0]

    async def events(self) -> list[tuple[str, str]]:
        signals: list[tuple[str, Any]] = self.harness.journeys.signals
        return [(order, event.problem) for order, event in signals if isinstance(event, LetterBounced)]

    async def suppressed(self) -> list[str]:
        page = await self.harness.stores.suppressions.page("acme", limit=10)
        return [one.address for one in page.items]

    async def email_allowed(self, topic: str) -> bool:
        chosen = await self.harness.stores.preferences.current("acme", "cus_ada")
        return is_allowed(chosen, "email", topic)  # type: ignore[arg-type]


@pytest_asyncio.fixture(loop_scope="session")
async def reported(harness: NotificationHarness) -> Reported:
    return Reported(harness)


async def test_a_bounce_is_shown_the_address_is_not_written_to_again_and_agents_hear_of_it(
    reported: Reported,
) -> None:
    reference = await reported.sent("ord_a")
    assert await reported.report(reference, "bounced")
    letter = await reported.letter("ord_a")
    assert (letter.status, letter.status_reason, letter.status_at) == ("bounced", "550 5.1.1 unknown", PLACED)
    assert await reported.suppressed() == ["ada@example.org"]
    assert await reported.events() == [("ord_a", "bounced")]
    assert await reported.email_allowed("delivery"), "a bounce is no choice of the customer"

    await reported.harness.enqueue("ord_b")
    await send_all(reported.harness.sender)
    assert len(reported.channel.accepted) == 1
    [row] = await reported.harness.rows("ord_b")
    assert (row.status, row.reason) == ("dead", "address_suppressed")
    assert await reported.events() == [("ord_a", "bounced"), ("ord_b", "suppressed")]


async def test_a_complaint_unsubscribes_from_what_can_be_refused(reported: Reported) -> None:
    reference = await reported.sent("ord_a")
    await reported.report(reference, "complained", "abuse")
    assert (await reported.letter("ord_a")).status == "complained"
    assert await reported.suppressed() == ["ada@example.org"]
    assert not await reported.email_allowed("delivery")
    [entry] = [
        one
        for one in (await reported.harness.stores.preferences.history("acme", "cus_ada", limit=9)).items
        if one.topic == "delivery"
    ]
    assert (entry.source, entry.allowed) == ("complaint", False)


@pytest.mark.parametrize("report", ["delayed", "not_delivered", "delivered"])
async def test_a_temporary_bounce_is_visible_and_changes_nothing(reported: Reported, report: Any) -> None:
    reference = await reported.sent("ord_a")
    await reported.report(reference, report, "452 4.2.2 mailbox full")
    letter = await reported.letter("ord_a")
    assert (letter.status, letter.status_reason) == (report, "452 4.2.2 mailbox full")
    assert (await reported.suppressed(), await reported.events()) == ([], [])
    assert len(await reported.harness.rows("ord_a")) == 1
    await reported.sent("ord_b")
    assert len(reported.channel.accepted) == 2


ORDERS = [
    ["delivered", "bounced", "delayed", "complained", "bounced", "delivered"],
    ["complained", "bounced", "delivered"],
    ["bounced", "complained", "complained"],
]


@pytest.mark.parametrize("arrived", ORDERS)
async def test_reports_in_any_order_and_twice_have_the_effect_of_once(
    reported: Reported, arrived: list[Any]
) -> None:
    reference = await reported.sent("ord_a")
    for report in arrived:
        assert await reported.report(reference, report)
    assert (await reported.letter("ord_a")).status == "complained"
    assert await reported.suppressed() == ["ada@example.org"]
    assert len({*await reported.events()}) == len(await reported.events()) <= 2


async def test_a_crash_before_the_report_is_recorded_repeats_it_without_harm(reported: Reported) -> None:
    reference = await reported.sent("ord_a")
    reported.harness.journeys.broken.add("ord_a")
    with pytest.raises(RuntimeError):
        await reported.report(reference, "bounced")
    assert (await reported.letter("ord_a")).status == ""
    reported.harness.journeys.broken.clear()
    await reported.report(reference, "bounced")
    assert (await reported.letter("ord_a")).status == "bounced"
    assert (await reported.suppressed(), await reported.events()) == (
        ["ada@example.org"],
        [("ord_a", "bounced")],
    )


async def agree_to_sms(reported: Reported) -> None:
    reported.harness.channels.sms_enabled = True
    yes = [
        ChannelPreference(
            channel="sms", topic=topic, allowed=True, source="agent", at=PLACED, by="system/journey"
        )
        for topic in ("delivery", "money", "returns")
    ]  # type: ignore[misc]
    await reported.harness.stores.preferences.record_choices("acme", "cus_ada", yes, SYSTEM)


@pytest.mark.parametrize(("letter", "again"), [("delayed", False), ("presumed_lost", True)])
async def test_what_the_customer_needs_goes_by_the_next_channel_they_allow(
    reported: Reported, letter: str, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.send_planner.current_notice", lambda notice, facts: notice)
    await agree_to_sms(reported)
    reference = await reported.sent("ord_a", letter)
    await reported.report(reference, "bounced")
    await reported.report(reference, "bounced")
    await send_all(reported.harness.sender)
    [row] = await reported.harness.rows("ord_a")
    assert (len(reported.harness.channels.sms.accepted), row.status) == (int(again), "sent")
    assert (row.channel, row.bounced_channels) == (("sms", "email") if again else ("email", ""))
    assert await cap_discrepancies(reported.harness) == []
    letters = (await reported.harness.stores.letters.of_notices("acme", [row]))[row.key]
    assert sorted(letter.channel for letter in letters) == (["email", "sms"] if again else ["email"])


async def test_an_address_that_is_refused_at_once_is_suppressed_too(reported: Reported) -> None:
    reported.channel.errors.append(Bounced("refused with 550", "550 5.1.1 unknown", bad_address=True))
    await reported.sent("ord_a")
    await send_all(reported.harness.sender)
    [row] = await reported.harness.rows("ord_a")
    assert (row.status, row.reason) == ("dead", "undeliverable")
    assert (await reported.suppressed(), await reported.events()) == (
        ["ada@example.org"],
        [("ord_a", "bounced")],
    )


async def test_a_person_lifts_it_and_the_audit_has_who_and_why(reported: Reported) -> None:
    reference = await reported.sent("ord_a")
    await reported.report(reference, "bounced")
    suppressions = reported.harness.stores.suppressions
    [entry] = (await suppressions.page("acme", limit=1)).items
    line = AuditLine(SYSTEM, "suppression_lifted", PLACED, subject=entry.id)
    assert not await suppressions.lift("other", entry.id, line)
    assert await suppressions.lift("acme", entry.id, line)
    assert not await suppressions.lift("acme", entry.id, line)
    await reported.sent("ord_b")
    assert len(reported.channel.accepted) == 2


async def test_another_reference_or_another_merchant_s_address_touches_nothing(reported: Reported) -> None:
    reference = await reported.sent("ord_a")
    assert not await reported.report("0" * 32, "bounced")
    assert (await reported.letter("ord_a")).status == ""
    await reported.report(reference, "bounced")
    suppressions = reported.harness.stores.suppressions
    await reported.harness.merchants.create(NewMerchant(id="other", name="other", sandbox=True))
    assert await suppressions.includes("acme", "ADA@example.org ")
    assert not await suppressions.includes("other", "ada@example.org")
    assert (await suppressions.page("other", limit=9)).items == []


async def test_the_address_and_the_answer_are_not_in_clear_at_rest(reported: Reported, url: str) -> None:
    reference = await reported.sent("ord_a")
    await reported.report(reference, "bounced")
    stolen = await raw(url)
    assert b"ada@example.org" not in stolen
    async with reported.harness.db.read() as session:
        [row] = (await session.exec(select(SuppressedAddressRow))).all()
    assert "ada" not in json.dumps(row.model_dump(), default=str).replace("cus_ada", "")
    await reported.harness.vault.erase("acme", "cus_ada")
    assert await reported.suppressed() == ["erased person"]
