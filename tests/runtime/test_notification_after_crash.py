"""After a crash or a lost answer it is unknown whether a notice left: no customer gets it twice, or against their choice."""

from datetime import timedelta

import pytest

from ports.channels import Bounced, DeliveryUnknown
from store.notifications.sent_notices import sent_notices
from tests.builders import PLACED
from tests.runtime.dispatcher_harness import Killed, send_all
from tests.runtime.notification_harness import (
    NotificationHarness,
    cap_discrepancies,
    consent_to_sms,
    crash_after_send,
    make_retries_due,
    opt_out_of_email,
)


async def test_a_crash_in_the_middle_of_a_message_of_several_repeats_that_very_message(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a", "ord_b")
    harness.channel.errors.append(Killed())
    with pytest.raises(Killed):
        await send_all(harness.sender)
    await harness.outbox.release_leases()
    await send_all(harness.sender)
    first, again = harness.channel.accepted
    assert first == again, "under the same id, which mailboxes and mail programs know"
    assert {row.status for row in await harness.rows("ord_a", "ord_b")} == {"sent"}
    assert await harness.cap_used() == 1


async def test_a_message_possibly_sent_by_a_channel_without_ids_is_not_sent_again(
    harness: NotificationHarness,
) -> None:
    await consent_to_sms(harness)
    harness.channels.sms.deduplicates = False
    harness.channels.sms.errors.append(Killed())
    await harness.enqueue("ord_a")
    with pytest.raises(Killed):
        await send_all(harness.sender)
    await harness.outbox.release_leases()
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, row.channel) == ("sent", "possibly_sent", "sms")
    assert (len(harness.channels.sms.accepted), harness.channel.accepted) == (1, [])


@pytest.mark.parametrize("names", [("ord_a",), ("ord_a", "ord_b")])
async def test_a_bounce_after_a_crash_is_the_end_of_that_channel(
    harness: NotificationHarness, names: tuple[str, ...]
) -> None:
    await harness.enqueue(*names)
    await crash_after_send(harness)
    harness.channel.errors.append(Bounced("refused with 550"))
    for _ in range(4):
        await send_all(harness.sender)
    assert {(row.status, row.reason, row.bounced_channels) for row in await harness.rows(*names)} == {
        ("dead", "undeliverable", "email")
    }
    assert len(harness.channel.accepted) == 2, "once before the crash, once after it"
    assert (await harness.cap_used(), await cap_discrepancies(harness)) == (0, [])


async def test_after_a_bounce_after_a_crash_the_next_channel_is_used(
    harness: NotificationHarness,
) -> None:
    await consent_to_sms(harness)
    await harness.enqueue("ord_a")
    harness.channels.sms.errors.append(Killed())
    with pytest.raises(Killed):
        await send_all(harness.sender)
    await harness.outbox.release_leases()
    harness.channels.sms.errors.append(Bounced("no such number"))
    for _ in range(3):
        await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.channel, row.bounced_channels) == ("sent", "email", "sms")
    assert (await harness.cap_used(), await cap_discrepancies(harness)) == (1, [])


async def test_a_customer_who_unsubscribed_after_a_crash_gets_no_further_message(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a")
    await crash_after_send(harness)
    await opt_out_of_email(harness)
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "possibly_sent", PLACED)
    assert len(harness.channel.accepted) == 1


async def test_after_a_crash_no_message_is_sent_at_night(harness: NotificationHarness) -> None:
    await harness.enqueue("ord_a")
    await crash_after_send(harness)
    night = PLACED + timedelta(hours=14)
    await harness.set_clock(night)
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, len(harness.channel.accepted)) == ("held", "quiet_hours", 1)
    await harness.set_clock(row.held_until)
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    first, again = harness.channel.accepted
    assert (row.status, first.message_id) == ("sent", again.message_id)


async def test_a_text_whose_answer_got_lost_is_not_sent_twice_and_counts(
    harness: NotificationHarness,
) -> None:
    await consent_to_sms(harness)
    harness.channels.sms.deduplicates = False
    harness.channels.sms.errors.append(DeliveryUnknown("timeout"))
    await harness.enqueue("ord_a")
    for _ in range(3):
        await send_all(harness.sender)
        await make_retries_due(harness)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "possibly_sent", PLACED)
    assert (len(harness.channels.sms.accepted), harness.channel.accepted) == (1, [])
    assert (await harness.cap_used(), await cap_discrepancies(harness)) == (1, [])


async def test_a_mail_whose_answer_got_lost_is_repeated_under_its_id_and_counts_once(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a", "ord_b")
    harness.channel.errors.append(DeliveryUnknown("SMTPReadTimeoutError"))
    await send_all(harness.sender)
    assert {row.sending_at for row in await harness.rows("ord_a", "ord_b")} == {PLACED}
    assert await harness.cap_used() == 1
    await make_retries_due(harness)
    await send_all(harness.sender)
    first, again = harness.channel.accepted
    assert first == again
    assert {row.status for row in await harness.rows("ord_a", "ord_b")} == {"sent"}
    assert (await harness.cap_used(), await cap_discrepancies(harness)) == (1, [])


async def test_a_notice_that_became_false_after_a_lost_answer_counts_as_sent(
    harness: NotificationHarness,
) -> None:
    [state] = await harness.enqueue("ord_a")
    harness.channel.errors.append(DeliveryUnknown("timeout"))
    await send_all(harness.sender)
    [left] = sent_notices(await harness.outbox.of_order("acme", "ord_a"))
    assert (left.key, left.at) == ("ord_a/unshipped/1", PLACED)
    state.cancelled_at = PLACED
    await harness.commit(state)
    await make_retries_due(harness)
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "possibly_sent", PLACED)
