"""The outbox and the letters: a notice has one id over all its tries, and a visible end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.model.notice import Notice
from domain.model.state import JourneyState
from domain.sealed import Sealed
from ports.channels import Message
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.queue import LEASE
from store.notifications.delivery_attempts import SendAttempt
from store.notifications.letters import LetterAccepted, Letters
from store.notifications.outbox import MAX_RETRY_PERIOD, Outbox
from store.notifications.sent_notices import sent_notices
from store.orders.snapshots import SnapshotStore
from store.privacy.vault import ERASED, Vault
from store.tables.all import OutboxRow
from tests.builders import PLACED
from tests.store.conftest import MASTER, FakeClock


@pytest.fixture
async def outbox(db: Database, snapshots: SnapshotStore, state: JourneyState, time: FakeClock) -> Outbox:
    """With two notices of one order."""
    for key in ("p1/delayed/1", "p1/delayed/2"):
        state.notify(PLACED, key, "delayed", "p1", day="2026-03-09")
    await snapshots.commit(state)
    time.at = real_now() + timedelta(seconds=1)  # also on a slow machine after the notices
    return Outbox(db, time)


def leaving(row: OutboxRow, at: datetime) -> SendAttempt:
    return SendAttempt([row], at, "email", row.message_id)


async def sent_times(outbox: Outbox, merchant: str, order: str) -> dict[str, datetime]:
    return {one.key: one.at for one in sent_notices(await outbox.of_order(merchant, order))}


def number(row: OutboxRow) -> int:
    assert row.id is not None
    return row.id


async def test_notices_are_sent_once_in_the_order_they_were_enqueued(outbox: Outbox, time: FakeClock) -> None:
    first, second = await outbox.claim()
    assert Notice.model_validate_json(first.notice).key == first.key == "p1/delayed/1"
    assert await outbox.claim() == []
    await outbox.mark_sent(first, PLACED)
    await outbox.mark_dropped(second, "not true any more")
    time.advance(LEASE * 2)
    assert await outbox.claim() == []
    assert set(await sent_times(outbox, "acme", "ord_one")) == {"p1/delayed/1"}
    assert await sent_times(outbox, "other", "ord_one") == {}
    listed = await outbox.of_order("acme", "ord_one")
    assert [(row.status, row.sent_at) for row in listed] == [("sent", PLACED), ("dropped", None)]


async def test_a_crashed_senders_notice_is_sent_by_another_under_the_same_id(
    outbox: Outbox, time: FakeClock
) -> None:
    [row] = await outbox.claim(limit=1)
    time.advance(LEASE + timedelta(seconds=1))
    again = await outbox.claim()
    assert row.message_id in [one.message_id for one in again]


async def test_a_notice_waits_until_its_not_before_time(outbox: Outbox, time: FakeClock) -> None:
    [row] = await outbox.claim(limit=1)
    assert await outbox.retry_later(row, timedelta(minutes=5), "unreachable") == "queued"
    await outbox.claim()
    time.advance(timedelta(minutes=4))
    assert row.key not in [one.key for one in await outbox.claim()]
    time.advance(timedelta(minutes=1, seconds=1))
    assert row.key in [one.key for one in await outbox.claim()]


async def test_of_two_senders_only_the_one_who_holds_the_notice_may_send_it(
    outbox: Outbox, time: FakeClock
) -> None:
    [slow] = await outbox.claim(limit=1)
    time.advance(LEASE + timedelta(seconds=1))
    [quick] = await outbox.claim(limit=1)
    assert quick.id == slow.id
    assert not await outbox.begin_send(leaving(slow, PLACED))
    assert await outbox.begin_send(leaving(quick, PLACED))
    # nor does the sender that lost the lease decide the outcome
    assert await outbox.retry_later(slow, timedelta(), "unreachable") == "queued"
    await outbox.mark_dropped(slow, "not true any more")
    await outbox.dead_letter(slow, "ValueError")
    assert slow.id not in [row.id for row in await outbox.claim()]
    time.advance(LEASE - timedelta(seconds=1))  # starting to send renewed the lease
    await outbox.mark_sent(quick, PLACED)
    [first, _] = await outbox.of_order("acme", "ord_one")
    assert (first.status, first.reason, first.sent_at) == ("sent", "", PLACED)


async def test_a_later_notice_of_an_order_waits_while_another_sender_is_at_an_earlier_one(
    outbox: Outbox, time: FakeClock
) -> None:
    [first] = await outbox.claim(limit=1)
    assert await outbox.claim() == []
    await outbox.mark_sent(first, PLACED)
    [second] = await outbox.claim()
    assert second.key == "p1/delayed/2"


async def test_a_message_that_may_have_left_before_a_crash_counts_as_sent_until_its_outcome_is_known(
    outbox: Outbox, time: FakeClock
) -> None:
    [row, _] = await outbox.claim()
    assert await outbox.begin_send(leaving(row, PLACED))
    assert await sent_times(outbox, "acme", "ord_one") == {row.key: PLACED}
    time.advance(LEASE + timedelta(seconds=1))  # it crashed
    [row] = await outbox.claim(limit=1)
    await outbox.mark_dropped(row, "already_delivered")
    assert await sent_times(outbox, "acme", "ord_one") == {row.key: PLACED}
    [row, _] = await outbox.of_order("acme", "ord_one")
    assert (row.status, row.sent_at, row.reason) == ("sent", PLACED, "possibly_sent")


async def test_a_message_not_accepted_was_not_sent_unless_an_earlier_crash_leaves_that_unknown(
    outbox: Outbox, time: FakeClock
) -> None:
    [row, _] = await outbox.claim()
    assert await outbox.begin_send(leaving(row, PLACED))
    await outbox.retry_later(row, timedelta(), "unreachable")
    assert await sent_times(outbox, "acme", "ord_one") == {}
    time.advance(timedelta(seconds=1))
    [row] = await outbox.claim(limit=1)
    assert await outbox.begin_send(leaving(row, PLACED))
    time.advance(LEASE + timedelta(seconds=1))  # it crashed
    [row] = await outbox.claim(limit=1)
    assert await outbox.begin_send(leaving(row, PLACED + timedelta(hours=1)))
    await outbox.retry_later(row, timedelta(), "unreachable")
    assert await sent_times(outbox, "acme", "ord_one") == {row.key: PLACED}


async def test_a_notice_that_cannot_be_sent_is_a_dead_letter_with_its_reason(outbox: Outbox) -> None:
    [row, _] = await outbox.claim()
    await outbox.dead_letter(row, "ValueError")
    [dead] = (await outbox.page("acme", "dead", limit=9)).items
    assert (dead.id, dead.reason) == (row.id, "ValueError")


async def test_after_three_days_a_notice_is_dead_but_visible_and_may_be_replayed(
    outbox: Outbox, time: FakeClock
) -> None:
    [row] = await outbox.claim(limit=1)
    time.advance(MAX_RETRY_PERIOD)
    assert await outbox.retry_later(row, timedelta(minutes=5), "unreachable") == "dead"
    [dead] = (await outbox.page("acme", "dead", limit=9)).items
    assert dead.reason == "unreachable"
    assert not await outbox.replay("other", number(dead))
    assert await outbox.replay("acme", number(dead))
    assert dead.message_id in [one.message_id for one in await outbox.claim()]


async def test_a_letter_is_kept_as_it_was_sent_closed_on_disk_open_to_agents(
    db: Database, vault: Vault, outbox: Outbox
) -> None:
    letters = Letters(db, vault, MASTER)
    [row] = await outbox.claim(limit=1)
    message = Message(
        message_id=row.message_id,
        merchant="acme",
        to="ada@example.org",
        subject="Late",
        text="Dear Ada",
        html="<p>",
    )
    for text in (
        "Dear Ada",
        "Dear Ada, later",
    ):  # an attempt that failed, and one that says what is true then
        said = await letters.sealed(message.model_copy(update={"text": text}), row, "email", PLACED)
        started = await outbox.begin_send(replace(leaving(row, PLACED), letter=said))
        assert started is not None
    await outbox.mark_sent(row, PLACED, (), LetterAccepted(row.message_id, "250 2.0.0 Ok: queued as 4X"))
    await letters.keep(await letters.sealed(message, row, "email", PLACED))
    [kept] = (await letters.of_notices("acme", [row]))[row.key]
    assert (kept.to, kept.subject, kept.text, kept.html) == (
        "ada@example.org",
        "Late",
        "Dear Ada, later",
        "<p>",
    )
    assert (kept.at, kept.accepted_at, kept.answer) == (PLACED, PLACED, "250 2.0.0 Ok: queued as 4X")
    assert await letters.of_customer("acme", row.customer) == [kept]
    assert await letters.of_notices("other", [row]) == {row.key: []}
    await vault.erase("acme", row.customer)
    [erased] = await letters.of_customer("acme", row.customer)
    assert {erased.to, erased.subject, erased.text, erased.html} == {ERASED}


def test_a_sealed_text_does_not_show_itself_in_logs() -> None:
    assert "Ym94" not in repr(Sealed(key="pk_1", ciphertext="Ym94"))
