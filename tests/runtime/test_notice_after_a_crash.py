"""A notice of which a crash, or a lost answer, left open whether it left: nobody is told twice, or against their will."""

from datetime import timedelta

import pytest

from ports.channels import Bounced, PerhapsTaken
from tests.builders import PLACED
from tests.runtime.desk import Killed, sent
from tests.runtime.post_desk import PostDesk, agree, crashed, due, no_mails, unaccounted


async def test_a_crash_in_the_middle_of_a_message_of_several_repeats_that_very_message(
    desk: PostDesk,
) -> None:
    await desk.owing("ord_a", "ord_b")
    desk.post.trouble.append(Killed())
    with pytest.raises(Killed):
        await sent(desk.sender)
    await desk.outbox.inherit()
    await sent(desk.sender)
    first, again = desk.post.taken
    assert first == again, "under the same id, which mailboxes and mail programs know"
    assert {row.status for row in await desk.rows("ord_a", "ord_b")} == {"sent"}
    assert await desk.spent() == 1


async def test_what_may_have_left_by_a_channel_without_ids_is_not_sent_again(desk: PostDesk) -> None:
    await agree(desk)
    desk.lines.texts.drops_copies = False
    desk.lines.texts.trouble.append(Killed())
    await desk.owing("ord_a")
    with pytest.raises(Killed):
        await sent(desk.sender)
    await desk.outbox.inherit()
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.channel) == ("sent", "may_have_left", "sms")
    assert (len(desk.lines.texts.taken), desk.post.taken) == (1, [])


@pytest.mark.parametrize("names", [("ord_a",), ("ord_a", "ord_b")])
async def test_a_bounce_after_a_crash_is_the_end_of_that_channel(
    desk: PostDesk, names: tuple[str, ...]
) -> None:
    await desk.owing(*names)
    await crashed(desk)
    desk.post.trouble.append(Bounced("refused with 550"))
    for _ in range(4):
        await sent(desk.sender)
    assert {(row.status, row.reason, row.bounced) for row in await desk.rows(*names)} == {
        ("dead", "undeliverable", "email")
    }
    assert len(desk.post.taken) == 2, "once before the crash, once after it"
    assert (await desk.spent(), await unaccounted(desk)) == (0, [])


async def test_after_a_bounce_after_a_crash_the_next_channel_has_its_turn(desk: PostDesk) -> None:
    await agree(desk)
    await desk.owing("ord_a")
    desk.lines.texts.trouble.append(Killed())
    with pytest.raises(Killed):
        await sent(desk.sender)
    await desk.outbox.inherit()
    desk.lines.texts.trouble.append(Bounced("no such number"))
    for _ in range(3):
        await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.channel, row.bounced) == ("sent", "email", "sms")
    assert (await desk.spent(), await unaccounted(desk)) == (1, [])


async def test_who_unsubscribed_after_a_crash_is_not_written_to_again(desk: PostDesk) -> None:
    await desk.owing("ord_a")
    await crashed(desk)
    await no_mails(desk)
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "may_have_left", PLACED)
    assert len(desk.post.taken) == 1


async def test_after_a_crash_nobody_is_written_to_at_night(desk: PostDesk) -> None:
    await desk.owing("ord_a")
    await crashed(desk)
    night = PLACED + timedelta(hours=14)
    await desk.set_clock(night)
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, len(desk.post.taken)) == ("held", "quiet_hours", 1)
    await desk.set_clock(row.held_until)
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    first, again = desk.post.taken
    assert (row.status, first.message_id) == ("sent", again.message_id)


async def test_a_text_whose_answer_got_lost_is_not_sent_twice_and_counts(desk: PostDesk) -> None:
    await agree(desk)
    desk.lines.texts.drops_copies = False
    desk.lines.texts.trouble.append(PerhapsTaken("timeout"))
    await desk.owing("ord_a")
    for _ in range(3):
        await sent(desk.sender)
        await due(desk)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "may_have_left", PLACED)
    assert (len(desk.lines.texts.taken), desk.post.taken) == (1, [])
    assert (await desk.spent(), await unaccounted(desk)) == (1, [])


async def test_a_mail_whose_answer_got_lost_is_repeated_under_its_id_and_counts_once(desk: PostDesk) -> None:
    await desk.owing("ord_a", "ord_b")
    desk.post.trouble.append(PerhapsTaken("SMTPReadTimeoutError"))
    await sent(desk.sender)
    assert {row.sending_at for row in await desk.rows("ord_a", "ord_b")} == {PLACED}
    assert await desk.spent() == 1
    await due(desk)
    await sent(desk.sender)
    first, again = desk.post.taken
    assert first == again
    assert {row.status for row in await desk.rows("ord_a", "ord_b")} == {"sent"}
    assert (await desk.spent(), await unaccounted(desk)) == (1, [])


async def test_what_became_untrue_after_its_answer_got_lost_counts_as_sent(desk: PostDesk) -> None:
    [state] = await desk.owing("ord_a")
    desk.post.trouble.append(PerhapsTaken("timeout"))
    await sent(desk.sender)
    assert await desk.outbox.sent_times("acme", "ord_a") == {"ord_a/unshipped/1": PLACED}
    state.cancelled_at = PLACED
    await desk.commit(state)
    await due(desk)
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sent_at) == ("sent", "may_have_left", PLACED)
