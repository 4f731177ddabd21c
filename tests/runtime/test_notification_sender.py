"""The notification sender: several notices are one message, the cap of a day holds, and a failed rendering is visible."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from domain.model.notice import Notice
from domain.model.notice_policy import NoticePolicy
from ports.channels import ChannelUnavailable
from services.notifications.delay_outcomes import DelayOutcomes
from services.notifications.messages import MessageBuilder
from services.tokens import LETTER_LINK_DAYS, TokenSigner
from store.engine.queue import LEASE
from store.merchants.merchants import NewMerchant
from store.notifications.outbox import Outbox
from tests.builders import PLACED
from tests.runtime.dispatcher_harness import send_all
from tests.runtime.notification_harness import (
    NotificationHarness,
    cap_discrepancies,
    consent_to_sms,
    crash_after_send,
    make_retries_due,
)
from tests.runtime.verified_deployment import MASTER


async def test_several_notices_to_one_customer_are_one_message_that_each_of_them_references(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a", "ord_b", "ord_c")
    await send_all(harness.sender)
    [message] = harness.channel.accepted
    rows = await harness.rows("ord_a", "ord_b", "ord_c")
    assert {(row.status, row.sent_as, row.channel) for row in rows} == {("sent", message.message_id, "email")}
    assert [f"#{name}" in message.text for name in ("ord_a", "ord_b", "ord_c")] == [True] * 3
    assert await harness.cap_used() == 1


async def test_notices_right_after_a_message_are_held_for_a_digest(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a")
    await send_all(harness.sender)
    await harness.enqueue("ord_b", "ord_c")
    await send_all(harness.sender)
    held = await harness.rows("ord_b", "ord_c")
    soon = PLACED + timedelta(minutes=30)
    assert {(row.status, row.reason, row.held_until) for row in held} == {("held", "digest", soon)}
    await harness.set_clock(soon)
    await send_all(harness.sender)
    assert len({row.sent_as for row in await harness.rows("ord_b", "ord_c")}) == 1
    assert (len(harness.channel.accepted), await harness.cap_used()) == (2, 2)


@pytest.mark.parametrize("policy", [NoticePolicy(per_customer_day=2, digest_minutes=0)])
async def test_a_message_that_was_not_accepted_returns_its_cap_slot(harness: NotificationHarness) -> None:
    await harness.enqueue("ord_a", "ord_b", "ord_c")
    harness.channel.errors.append(ChannelUnavailable("not taken: 451"))
    await send_all(harness.sender)
    assert [row.status for row in await harness.rows("ord_a", "ord_b", "ord_c")] == ["queued", "sent", "sent"]
    assert await harness.cap_used() == 2


@pytest.mark.parametrize("policy", [NoticePolicy(per_customer_day=3, digest_minutes=0)])
async def test_several_senders_at_once_keep_within_the_frequency_cap(
    harness: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"ord_{number}" for number in range(12)]
    await harness.enqueue(*names)
    senders = [harness.make_sender(harness.db) for _ in range(4)]

    async def limited_claim(limit: int, excluded_merchants: Any) -> Any:
        return await Outbox(harness.db).claim(limit=3, excluded_merchants=excluded_merchants)

    for sender in senders:
        monkeypatch.setattr(sender.outbox, "claim", limited_claim)
    await asyncio.gather(*(send_all(sender) for sender in senders))
    rows = await harness.rows(*names)
    assert sorted(row.status for row in rows) == ["held"] * 9 + ["sent"] * 3
    assert {row.reason for row in rows if row.status == "held"} == {"frequency_cap,quiet_hours"}
    assert (len(harness.channel.accepted), await harness.cap_used()) == (3, 3)


async def test_a_message_that_cannot_be_rendered_is_a_dead_letter_and_not_marked_as_sent(
    harness: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> Any:
        raise KeyError("expected")

    monkeypatch.setattr(MessageBuilder, "_render", broken)
    await harness.enqueue("ord_a")
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, row.sending_at, row.sent_as) == ("dead", "KeyError", None, "")


async def test_a_held_notice_is_released_by_the_clock_and_by_nothing_else(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a")
    [row] = await harness.outbox.claim()
    until = PLACED + timedelta(hours=8)
    await harness.outbox.hold(row, until, "quiet_hours")
    assert await harness.outbox.earliest_held("acme", PLACED) == until
    later = Outbox(harness.db, lambda: row.created_at + LEASE + timedelta(days=400))
    assert await later.claim() == []
    await harness.set_clock(until - timedelta(seconds=1))
    assert await harness.outbox.claim() == []
    await harness.set_clock(until)
    [again] = await harness.outbox.claim()
    assert Notice.model_validate_json(again.notice).key == row.key
    assert await harness.outbox.earliest_held("acme", PLACED) is None


async def test_a_held_notice_of_a_production_merchant_waits_in_real_time_and_keeps_all_its_retries(
    harness: NotificationHarness,
) -> None:
    await harness.merchants.create(NewMerchant(id="real", name="real", sandbox=False))
    await harness.enqueue("ord_a")
    [row] = await harness.outbox.claim()
    row.merchant = "real"
    until = row.created_at + timedelta(days=5)
    await harness.outbox.hold(row, until, "frequency_cap")
    assert await harness.outbox.claim() == []
    later = Outbox(harness.db, lambda: until + timedelta(seconds=1))
    [again] = await later.claim()
    assert await later.retry_later(again, timedelta(minutes=1), "not taken: 451") == "queued"


async def test_a_message_names_its_kind_order_and_topic(harness: NotificationHarness) -> None:
    await harness.enqueue("ord_a")
    await send_all(harness.sender)
    [message] = harness.channel.accepted
    assert (message.kind, message.order, message.topic) == ("delayed", "ord_a", "delivery")


async def test_a_dead_text_that_is_replayed_by_hand_is_sent(harness: NotificationHarness) -> None:
    await consent_to_sms(harness)
    harness.channels.sms.deduplicates = False
    harness.channels.sms.errors.append(RuntimeError("a defect"))
    await harness.enqueue("ord_a")
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, row.sending_at) == ("dead", "RuntimeError", PLACED)
    assert await harness.outbox.replay("acme", row.id)
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, row.channel) == ("sent", "", "sms")
    assert len(harness.channels.sms.accepted) == 2
    assert (await harness.cap_used(), await cap_discrepancies(harness)) == (1, [])


async def test_a_defect_before_delivery_leaves_no_unknown_outcome(
    harness: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: Any) -> None:
        raise KeyError("revision")

    monkeypatch.setattr(DelayOutcomes, "leaves", broken)
    await harness.enqueue("ord_a", "ord_b")
    await send_all(harness.sender)
    rows = await harness.rows("ord_a", "ord_b")
    assert {(row.status, row.reason, row.sending_at) for row in rows} == {("dead", "KeyError", None)}
    assert (await harness.cap_used(), await cap_discrepancies(harness)) == (0, [])


async def test_a_letter_opens_its_order_and_has_it_as_data_the_same_in_every_attempt(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a")
    await crash_after_send(harness)
    await make_retries_due(harness)
    await send_all(harness.sender)
    first, again = harness.channel.accepted
    assert (first.text, first.html) == (again.text, again.html)
    [row] = await harness.rows("ord_a")
    [token] = re.findall(r"https://shop\.example/o/(\S+)/preferences", first.text)
    link = TokenSigner(MASTER.derived("codes")).verify_link(token, row.created_at)
    assert link is not None
    assert (link.merchant, link.order, link.epoch) == ("acme", "ord_a", 0)
    assert link.expires_at - row.created_at < timedelta(days=LETTER_LINK_DAYS)
    assert f"https://shop.example/o/{token}" in first.text.split()
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', first.html)
    markup = json.loads(data)
    assert (markup["@type"], markup["merchant"]["name"]) == ("Order", first.brand)
    assert "Ada" not in data
