"""A notice of which a crash, or a lost answer, left open whether it left: nobody is told twice, or against their will."""

from datetime import timedelta

import pytest

from ports.channels import Bounced, DeliveryUnknown
from tests.builders import PLACED
from tests.runtime.desk import Killed, send_all
from tests.runtime.post_desk import NotificationHarness, consent_to_sms, crash_after_send, make_retries_due, opt_out_of_email, cap_discrepancies


async def test_a_crash_in_the_middle_of_a_message_of_several_repeats_that_very_message(
    desk: NotificationHarness,
) -> None:
    await desk.enqueue("ord_a", "ord_b")
    desk.channel.errors.append(Killed())
    with pytest.raises(Killed):
        await send_all(desk.sender)
    await desk.outbox.release_leases()
    await send_all(desk.sender)
    first, again = desk.channel.accepted
    assert first == again, "under the same id, which mailboxes and mail programs know"
    assert {row.status for row in await desk.rows("ord_a", "ord_b")} == {"sent"}
    assert await desk.cap_used() == 1


async def test_what_may_have_been_sent_by_a_channel_without_ids_is_not_sent_again(desk: NotificationHarness) -> None:
    await consent_to_sms(desk)
    desk.channels.sms.deduplicates = False
    desk.channels.sms.errors.append(Killed())
    await desk.enqueue("ord_a")
    with pytest.raises(Killed):
        await send_all(desk.sender)
    await desk.outbox.release_leases()
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.channel) == ("sent", "possibly_sent", "sms")
    assert (len(desk.channels.sms.accepted), desk.channel.accepted) == (1, [])


@pytest.mark.parametrize("names", [("ord_a",), ("ord_a", "ord_b")])
async def test_a_bounce_after_a_crash_is_the_end_of_that_channel(
    desk: NotificationHarness, names: tuple[str, ...]
) -> None:
    await desk.enqueue(*names)
    await crash_after_send(desk)
    desk.channel.errors.append(Bounced("refused with 550"))
    for _ in range(4):
        await send_all(desk.sender)
    assert {(row.status, row.reason, row.bounced) for row in await desk.rows(*names)} == {
        ("dead", "undeliverable", "email")
    }
    assert len(desk.channel.accepted) == 2, "once before the crash, once after it"
    assert (await desk.cap_used(), await cap_discrepancies(desk)) == (0, [])


async def test_after_a_bounce_after_a_crash_the_next_channel_has_its_turn(desk: NotificationHarness) -> None:
    await consent_to_sms(desk)
    await desk.enqueue("ord_a")
    desk.channels.sms.errors.append(Killed())
    with pytest.raises(Killed):
        await send_all(desk.sender)
    await desk.outbox.release_leases()
    desk.channels.sms.errors.append(Bounced("no such number"))
    for _ in range(3):
        await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.channel, row.bounced) == ("sent", "email", "sms")
    assert (await desk.cap_used(), await cap_discrepancies(desk)) == (1, [])


async def test_who_unsubscribed_after_a_crash_is_not_written_to_again(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a")
    await crash_after_send(desk)
    await opt_out_of_email(desk)
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "possibly_sent", PLACED)
    assert len(desk.channel.accepted) == 1


async def test_after_a_crash_nobody_is_written_to_at_night(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a")
    await crash_after_send(desk)
    night = PLACED + timedelta(hours=14)
    await desk.set_clock(night)
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, len(desk.channel.accepted)) == ("held", "quiet_hours", 1)
    await desk.set_clock(row.held_until)
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    first, again = desk.channel.accepted
    assert (row.status, first.message_id) == ("sent", again.message_id)


async def test_a_text_whose_answer_got_lost_is_not_sent_twice_and_counts(desk: NotificationHarness) -> None:
    await consent_to_sms(desk)
    desk.channels.sms.deduplicates = False
    desk.channels.sms.errors.append(DeliveryUnknown("timeout"))
    await desk.enqueue("ord_a")
    for _ in range(3):
        await send_all(desk.sender)
        await make_retries_due(desk)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "possibly_sent", PLACED)
    assert (len(desk.channels.sms.accepted), desk.channel.accepted) == (1, [])
    assert (await desk.cap_used(), await cap_discrepancies(desk)) == (1, [])


async def test_a_mail_whose_answer_got_lost_is_repeated_under_its_id_and_counts_once(desk: NotificationHarness) -> None:
    await desk.enqueue("ord_a", "ord_b")
    desk.channel.errors.append(DeliveryUnknown("SMTPReadTimeoutError"))
    await send_all(desk.sender)
    assert {row.sending_at for row in await desk.rows("ord_a", "ord_b")} == {PLACED}
    assert await desk.cap_used() == 1
    await make_retries_due(desk)
    await send_all(desk.sender)
    first, again = desk.channel.accepted
    assert first == again
    assert {row.status for row in await desk.rows("ord_a", "ord_b")} == {"sent"}
    assert (await desk.cap_used(), await cap_discrepancies(desk)) == (1, [])


async def test_what_became_untrue_after_its_answer_got_lost_counts_as_sent(desk: NotificationHarness) -> None:
    [state] = await desk.enqueue("ord_a")
    desk.channel.errors.append(DeliveryUnknown("timeout"))
    await send_all(desk.sender)
    assert await desk.outbox.sent_times("acme", "ord_a") == {"ord_a/unshipped/1": PLACED}
    state.cancelled_at = PLACED
    await desk.commit(state)
    await make_retries_due(desk)
    await send_all(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "possibly_sent", PLACED)
