"""By which channel: one that says no has a successor, and one that is slow keeps nobody else waiting."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import update

from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks
from api.codes import Codes, Unsubscribing
from domain.notice_policy import NoticePolicy
from ports.channels import Bounced, Message
from runtime.channels import Channels
from store.channels import OPERATORS, ChannelBook
from store.columns import real_now
from store.mailbox import StoreMailbox
from store.outbox import LEASE, Outbox
from store.tables import OutboxRow
from tests.builders import PLACED
from tests.runtime.desk import sent
from tests.runtime.post_desk import PHONE, PostDesk, agree, of_customers
from tests.runtime.verify_world import MASTER


# DLY-10
async def test_a_bounce_falls_to_the_next_channel_with_consent_and_then_is_a_dead_letter(
    desk: PostDesk,
) -> None:
    await agree(desk)
    await desk.owing("ord_a")
    desk.lines.texts.trouble.append(Bounced("no such number"))
    await sent(desk.sender)
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.channel, row.bounced) == ("sent", "email", "sms")
    [text], [mail] = desk.lines.texts.taken, desk.post.taken
    assert (text.to, text.message_id) == (PHONE, f"{mail.message_id}/sms")
    await desk.set_clock(PLACED + timedelta(hours=1))
    await desk.owing("ord_b")
    desk.lines.texts.trouble.append(Bounced("no such number"))
    desk.post.trouble.append(Bounced("refused with 550"))
    for _ in range(3):
        await sent(desk.sender)
    [row] = await desk.rows("ord_b")
    assert (row.status, row.reason, row.bounced) == ("dead", "undeliverable", "sms,email")
    assert await desk.spent() == 1


async def test_mails_can_be_unsubscribed_with_one_click_unless_they_are_about_money(desk: PostDesk) -> None:
    await desk.owing("ord_a")
    await desk.owing("ord_b", kind="order_cancelled")
    await sent(desk.sender)
    late, cancelled = desk.post.taken
    link = late.headers["List-Unsubscribe"].strip("<>")
    assert late.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in late.text
    what = Codes(MASTER).unsubscribing(link.removeprefix("https://shop.example/v1/unsubscribe/"))
    assert what == Unsubscribing(merchant="acme", customer="cus_ada", channel="email", topic="delivery")
    assert (cancelled.headers, "unsubscribe" in cancelled.text) == ({}, False)


@pytest.mark.parametrize("policy", [NoticePolicy(digest_minutes=0)])
async def test_who_is_slow_to_take_one_message_does_not_delay_those_to_others(
    desk: PostDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await of_customers(desk, ord_a="cus_1", ord_b="cus_2", ord_c="cus_3", ord_d="cus_1")
    take, others, at_once = desk.post.send, asyncio.Event(), [0]
    came: list[str] = []

    async def slowly(message: Message) -> None:
        at_once.append(at_once[-1] + 1)
        came.append(message.order)
        if message.order == "ord_a":
            await others.wait()
        elif message.order == "ord_c":
            others.set()
        await take(message)
        at_once.append(at_once[-1] - 1)

    monkeypatch.setattr(desk.post, "send", slowly)
    async with asyncio.timeout(10):
        assert await sent(desk.sender) == 4
    assert {row.status for row in await desk.rows("ord_a", "ord_b", "ord_c", "ord_d")} == {"sent"}
    assert came.index("ord_a") < came.index("ord_d"), "one after the other to the same person"
    assert max(at_once) == 2, "and not many at once for one merchant"


@pytest.mark.parametrize("policy", [NoticePolicy(digest_minutes=0)])
async def test_a_merchant_whose_channel_hangs_keeps_no_other_merchants_notices(
    desk: PostDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.owing("ord_a")
    take, go_on = desk.post.send, asyncio.Event()

    async def hanging(message: Message) -> None:
        await go_on.wait()
        await take(message)

    monkeypatch.setattr(desk.post, "send", hanging)
    async with asyncio.timeout(10):
        assert await desk.sender.send() == 1
        await desk.owing("ord_b")
        claimable = await Outbox(desk.db).claim(not_of={"acme"})
        assert (claimable, await desk.sender.send()) == ([], 0), "while one of theirs is in hand"
        go_on.set()
        await desk.sender.land()
        assert await sent(desk.sender) == 1
    assert {row.status for row in await desk.rows("ord_a", "ord_b")} == {"sent"}


async def test_a_notice_whose_lease_ran_out_while_it_waited_its_turn_is_left(
    desk: PostDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.owing("ord_a")
    rows = await desk.outbox.claim()
    for row in rows:
        row.lease_until = real_now() - LEASE
        async with desk.db.write() as session:
            await session.exec(update(OutboxRow).values(lease_until=row.lease_until))

    async def claimed(limit: int, not_of: Any) -> Any:
        return rows

    monkeypatch.setattr(desk.sender.outbox, "claim", claimed)
    await sent(desk.sender)
    assert desk.post.taken == []


async def test_the_operators_channel_is_a_merchants_with_a_secret_until_it_is_switched_off(
    desk: PostDesk,
) -> None:
    book = ChannelBook(desk.db, MASTER)
    mailbox = StoreMailbox(desk.db, desk.vault)
    channels = Channels(desk.post, mailbox, book, HttpHooks(Reach()), {"sms": "mailbox:"})
    assert set(await channels.of("acme")) == {"email", "sms"}
    secret = await book.put("acme", "sms", OPERATORS)
    assert (await book.of("acme"))["sms"].secret == secret
    assert set(await channels.of("acme")) == {"email", "sms"}
    assert await book.switch_off("acme", "sms", shared=True)
    assert set(await channels.of("acme")) == {"email"}
    assert not await book.switch_off("acme", "sms", shared=True)
    assert await book.put("acme", "sms", OPERATORS) == secret, "replies are signed as before"
    assert set(await channels.of("acme")) == {"email", "sms"}
    assert set(await channels.of("other")) == {"email", "sms"}
    await book.put("acme", "whatsapp", OPERATORS)
    assert "whatsapp" not in await channels.of("acme"), "the operator has none"
