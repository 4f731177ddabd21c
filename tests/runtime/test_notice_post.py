"""Notices on their way out: several are one message, the customer's day is kept, and what cannot be written is seen."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.notice_policy import NoticePolicy
from domain.notices import Notice
from ports.channels import ChannelUnavailable
from runtime.messages import MessageBuilder
from store.merchants import NewMerchant
from store.outbox import LEASE, Outbox
from tests.builders import PLACED
from tests.runtime.desk import send_all
from tests.runtime.post_desk import NotificationHarness, consent_to_sms, cap_discrepancies


async def test_several_to_one_customer_leave_as_one_message_that_each_of_them_names(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a", "ord_b", "ord_c")
    await send_all(desk.sender)
    [message] = desk.channel.accepted
    rows = await desk.rows("ord_a", "ord_b", "ord_c")
    assert {(row.status, row.sent_as, row.channel) for row in rows} == {("sent", message.message_id, "email")}
    assert [f"#{name}" in message.text for name in ("ord_a", "ord_b", "ord_c")] == [True] * 3
    assert await desk.cap_used() == 1


async def test_what_comes_right_after_a_message_waits_to_be_one_with_what_else_comes(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a")
    await send_all(desk.sender)
    await desk.enqueue("ord_b", "ord_c")
    await send_all(desk.sender)
    held = await desk.rows("ord_b", "ord_c")
    soon = PLACED + timedelta(minutes=30)
    assert {(row.status, row.reason, row.held_until) for row in held} == {("held", "digest", soon)}
    await desk.set_clock(soon)
    await send_all(desk.sender)
    assert len({row.sent_as for row in await desk.rows("ord_b", "ord_c")}) == 1
    assert (len(desk.channel.accepted), await desk.cap_used()) == (2, 2)


@pytest.mark.parametrize("policy", [NoticePolicy(per_customer_day=2, digest_minutes=0)])
async def test_a_message_that_was_not_accepted_returns_its_cap_slot(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a", "ord_b", "ord_c")
    desk.channel.errors.append(ChannelUnavailable("not taken: 451"))
    await send_all(desk.sender)
    assert [row.status for row in await desk.rows("ord_a", "ord_b", "ord_c")] == ["queued", "sent", "sent"]
    assert await desk.cap_used() == 2


@pytest.mark.parametrize("policy", [NoticePolicy(per_customer_day=3, digest_minutes=0)])
async def test_several_senders_at_once_keep_within_the_frequency_cap(
    desk: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"ord_{number}" for number in range(12)]
    await desk.enqueue(*names)
    senders = [desk.make_sender(desk.db) for _ in range(4)]

    async def few(limit: int, excluded_merchants: Any) -> Any:
        return await Outbox(desk.db).claim(limit=3, excluded_merchants=excluded_merchants)

    for sender in senders:
        monkeypatch.setattr(sender.outbox, "claim", few)
    await asyncio.gather(*(send_all(sender) for sender in senders))
    rows = await desk.rows(*names)
    assert sorted(row.status for row in rows) == ["held"] * 9 + ["sent"] * 3
    assert {row.reason for row in rows if row.status == "held"} == {"frequency_cap,quiet_hours"}
    assert (len(desk.channel.accepted), await desk.cap_used()) == (3, 3)


async def test_a_message_that_cannot_be_rendered_is_a_dead_letter_and_nothing_looks_sent(
    desk: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*told: Any) -> Any:
        raise KeyError("expected")

    monkeypatch.setattr(MessageBuilder, "_render", broken)
    await desk.enqueue("ord_a")
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sending_at, row.sent_as) == ("dead", "KeyError", None, "")


async def test_a_held_notice_is_released_by_the_clock_and_by_nothing_else(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a")
    [row] = await desk.outbox.claim()
    until = PLACED + timedelta(hours=8)
    await desk.outbox.hold(row, until, "quiet_hours")
    assert await desk.outbox.earliest_held("acme", PLACED) == until
    later = Outbox(desk.db, lambda: row.created_at + LEASE + timedelta(days=400))
    assert await later.claim() == []
    await desk.set_clock(until - timedelta(seconds=1))
    assert await desk.outbox.claim() == []
    await desk.set_clock(until)
    [again] = await desk.outbox.claim()
    assert Notice.model_validate_json(again.notice).key == row.key
    assert await desk.outbox.earliest_held("acme", PLACED) is None


async def test_where_time_is_real_a_held_notice_waits_in_real_time_with_all_its_patience(
    desk: NotificationHarness,
) -> None:
    await desk.merchants.create(NewMerchant(id="real", name="real", sandbox=False))
    await desk.enqueue("ord_a")
    [row] = await desk.outbox.claim()
    row.merchant = "real"
    until = row.created_at + timedelta(days=5)
    await desk.outbox.hold(row, until, "frequency_cap")
    assert await desk.outbox.claim() == []
    later = Outbox(desk.db, lambda: until + timedelta(seconds=1))
    [again] = await later.claim()
    assert await later.retry_later(again, timedelta(minutes=1), "not taken: 451") == "queued"


async def test_a_message_says_of_which_kind_order_and_topic_it_is(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a")
    await send_all(desk.sender)
    [message] = desk.channel.accepted
    assert (message.kind, message.order, message.topic) == ("delayed", "ord_a", "delivery")


async def test_a_dead_text_that_is_replayed_by_hand_is_sent(desk: NotificationHarness) -> None:
    await consent_to_sms(desk)
    desk.channels.sms.deduplicates = False
    desk.channels.sms.errors.append(RuntimeError("a defect"))
    await desk.enqueue("ord_a")
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sending_at) == ("dead", "RuntimeError", PLACED)
    assert await desk.outbox.replay("acme", row.id)
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.channel) == ("sent", "", "sms")
    assert len(desk.channels.sms.accepted) == 2
    assert (await desk.cap_used(), await cap_discrepancies(desk)) == (1, [])


async def test_a_defect_before_delivery_leaves_no_unknown_outcome(
    desk: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*told: Any) -> None:
        raise KeyError("revision")

    monkeypatch.setattr(desk.sender, "_signal_late_notice", broken)
    await desk.enqueue("ord_a", "ord_b")
    await send_all(desk.sender)
    rows = await desk.rows("ord_a", "ord_b")
    assert {(row.status, row.reason, row.sending_at) for row in rows} == {("dead", "KeyError", None)}
    assert (await desk.cap_used(), await cap_discrepancies(desk)) == (0, [])
