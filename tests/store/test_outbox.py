"""The outbox and the mailbox: a notice has one id over all its tries, and an end that can be seen."""

from datetime import timedelta

import pytest

from domain.journey import JourneyState
from domain.notices import Notice
from domain.sealed import Sealed
from ports.channels import Message
from store.database import Database
from store.mailbox import StoreMailbox
from store.outbox import LEASE, PATIENCE, Outbox
from store.records import JourneyRecords
from store.tables import OutboxRow
from store.vault import ERASED, Vault
from tests.builders import PLACED
from tests.store.conftest import Time


@pytest.fixture
async def outbox(db: Database, records: JourneyRecords, state: JourneyState, time: Time) -> Outbox:
    """With two notices of one order."""
    for key in ("p1/delayed/1", "p1/delayed/2"):
        state.tell(PLACED, key, "delayed", "p1", day="2026-03-09")
    await records.commit(state)
    time.pass_by(timedelta(seconds=1))
    return Outbox(db, time)


def number(row: OutboxRow) -> int:
    assert row.id is not None
    return row.id


async def test_notices_leave_once_in_the_order_they_were_owed(outbox: Outbox, time: Time) -> None:
    first, second = await outbox.claim()
    assert Notice.model_validate_json(first.notice).key == first.key == "p1/delayed/1"
    assert await outbox.claim() == []
    await outbox.sent(number(first), PLACED)
    await outbox.dropped(number(second), "not true any more")
    time.pass_by(LEASE * 2)
    assert await outbox.claim() == []
    assert set(await outbox.sent_times("acme", "ord_one")) == {"p1/delayed/1"}
    assert await outbox.sent_times("other", "ord_one") == {}
    listed = await outbox.of_order("acme", "ord_one")
    assert [(row.status, row.sent_at) for row in listed] == [("sent", PLACED), ("dropped", None)]


async def test_a_crashed_senders_notice_is_sent_by_another_under_the_same_id(
    outbox: Outbox, time: Time
) -> None:
    [row] = await outbox.claim(limit=1)
    time.pass_by(LEASE + timedelta(seconds=1))
    again = await outbox.claim()
    assert row.message_id in [one.message_id for one in again]


async def test_a_notice_waits_as_long_as_it_is_told_to(outbox: Outbox, time: Time) -> None:
    [row] = await outbox.claim(limit=1)
    assert await outbox.again(number(row), timedelta(minutes=5), "unreachable") == "queued"
    await outbox.claim()
    time.pass_by(timedelta(minutes=4))
    assert row.key not in [one.key for one in await outbox.claim()]
    time.pass_by(timedelta(minutes=1, seconds=1))
    assert row.key in [one.key for one in await outbox.claim()]


async def test_after_three_days_a_notice_is_dead_but_visible_and_may_be_replayed(
    outbox: Outbox, time: Time
) -> None:
    [row] = await outbox.claim(limit=1)
    time.pass_by(PATIENCE)
    assert await outbox.again(number(row), timedelta(minutes=5), "unreachable") == "dead"
    [dead] = (await outbox.page("acme", "dead", limit=9)).items
    assert dead.reason == "unreachable"
    assert not await outbox.replay("other", number(dead))
    assert await outbox.replay("acme", number(dead))
    assert dead.message_id in [one.message_id for one in await outbox.claim()]


async def test_the_mailbox_keeps_a_message_once_closed_on_disk_open_to_agents(
    db: Database, vault: Vault, outbox: Outbox
) -> None:
    mailbox = StoreMailbox(db, vault)
    [row] = await outbox.claim(limit=1)
    message = Message(
        message_id=row.message_id, merchant="acme", to="ada@example.org", subject="Late", text="Dear Ada"
    )
    await mailbox.put(message)
    await mailbox.put(message.model_copy(update={"text": "a second copy"}))
    [kept] = await mailbox.of_order("acme", "ord_one")
    assert (kept.to, kept.subject, kept.text, kept.at) == ("ada@example.org", "Late", "Dear Ada", PLACED)
    assert await mailbox.of_customer("acme", "cus_ada") == [kept]
    assert await mailbox.of_order("other", "ord_one") == []
    await vault.erase("acme", "cus_ada")
    [erased] = await mailbox.of_order("acme", "ord_one")
    assert {erased.to, erased.subject, erased.text} == {ERASED}


def test_a_sealed_text_does_not_show_itself_in_logs() -> None:
    assert "Ym94" not in repr(Sealed(key="pk_1", box="Ym94"))
