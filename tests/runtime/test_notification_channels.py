"""Channels: one that refuses has a successor, and a slow one delays no other notice."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import update

from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from domain.model.notice_policy import NoticePolicy
from ports.channels import Bounced, Message
from runtime.channels import MerchantChannels
from services.tokens import TokenSigner, UnsubscribeClaims
from store.engine.columns import real_now
from store.engine.queue import LEASE
from store.notifications.channels import USE_OPERATOR, ChannelConfigs
from store.notifications.mail_senders import MailSenders
from store.notifications.outbox import Outbox
from store.tables.all import OutboxRow
from tests.builders import PLACED
from tests.patience import PATIENCE
from tests.runtime.dispatcher_harness import send_all
from tests.runtime.notification_harness import PHONE, NotificationHarness, assign_customers, consent_to_sms
from tests.runtime.verified_deployment import MASTER


# DLY-10
async def test_a_bounce_falls_to_the_next_channel_with_consent_and_then_is_a_dead_letter(
    harness: NotificationHarness,
) -> None:
    await consent_to_sms(harness)
    await harness.enqueue("ord_a")
    harness.channels.sms.errors.append(Bounced("no such number"))
    await send_all(harness.sender)
    await send_all(harness.sender)
    [row] = await harness.rows("ord_a")
    assert (row.status, row.channel, row.bounced_channels) == ("sent", "email", "sms")
    [text], [mail] = harness.channels.sms.accepted, harness.channel.accepted
    assert (text.to, text.message_id) == (PHONE, f"{mail.message_id}/sms")
    await harness.set_clock(PLACED + timedelta(hours=1))
    await harness.enqueue("ord_b")
    harness.channels.sms.errors.append(Bounced("no such number"))
    harness.channel.errors.append(Bounced("refused with 550"))
    for _ in range(3):
        await send_all(harness.sender)
    [row] = await harness.rows("ord_b")
    assert (row.status, row.reason, row.bounced_channels) == ("dead", "undeliverable", "sms,email")
    assert await harness.cap_used() == 1


async def test_mails_can_be_unsubscribed_with_one_click_unless_they_are_about_money(
    harness: NotificationHarness,
) -> None:
    await harness.enqueue("ord_a")
    await harness.enqueue("ord_b", kind="order_cancelled")
    await send_all(harness.sender)
    late, cancelled = harness.channel.accepted
    link = late.headers["List-Unsubscribe"].strip("<>")
    assert late.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in late.text
    what = TokenSigner(MASTER.derived("codes")).verify_unsubscribe(
        link.removeprefix("https://shop.example/v1/unsubscribe/")
    )
    assert what == UnsubscribeClaims(merchant="acme", customer="cus_ada", channel="email", topic="delivery")
    assert (cancelled.headers, "unsubscribe" in cancelled.text) == ({}, False)


@pytest.mark.parametrize("policy", [NoticePolicy(digest_minutes=0)])
async def test_a_slow_delivery_does_not_delay_messages_to_other_customers(
    harness: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assign_customers(harness, ord_a="cus_1", ord_b="cus_2", ord_c="cus_3", ord_d="cus_1")
    take, others, at_once = harness.channel.send, asyncio.Event(), [0]
    delivered: list[str] = []

    async def slowly(message: Message) -> None:
        at_once.append(at_once[-1] + 1)
        delivered.append(message.order)
        if message.order == "ord_a":
            await others.wait()
        elif message.order == "ord_c":
            others.set()
        await take(message)
        at_once.append(at_once[-1] - 1)

    monkeypatch.setattr(harness.channel, "send", slowly)
    async with asyncio.timeout(PATIENCE):
        assert await send_all(harness.sender) == 4
    assert {row.status for row in await harness.rows("ord_a", "ord_b", "ord_c", "ord_d")} == {"sent"}
    assert delivered.index("ord_a") < delivered.index("ord_d"), "one after the other to the same person"
    assert max(at_once) == 2, "and not many at once for one merchant"


@pytest.mark.parametrize("policy", [NoticePolicy(digest_minutes=0)])
async def test_a_hanging_channel_of_one_merchant_does_not_delay_other_merchants(
    harness: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.enqueue("ord_a")
    take, go_on = harness.channel.send, asyncio.Event()

    async def hanging(message: Message) -> None:
        await go_on.wait()
        await take(message)

    monkeypatch.setattr(harness.channel, "send", hanging)
    async with asyncio.timeout(PATIENCE):
        assert await harness.sender.send() == 1
        await harness.enqueue("ord_b")
        claimable = await Outbox(harness.db).claim(excluded_merchants={"acme"})
        assert (claimable, await harness.sender.send()) == ([], 0), "while one of theirs is in hand"
        go_on.set()
        await harness.sender.drain()
        assert await send_all(harness.sender) == 1
    assert {row.status for row in await harness.rows("ord_a", "ord_b")} == {"sent"}


async def test_a_notice_whose_lease_ran_out_while_it_waited_its_turn_is_left(
    harness: NotificationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.enqueue("ord_a")
    rows = await harness.outbox.claim()
    for row in rows:
        row.lease_until = real_now() - LEASE
        async with harness.db.write() as session:
            await session.exec(update(OutboxRow).values(lease_until=row.lease_until))

    async def claimed(limit: int, excluded_merchants: Any) -> Any:
        return rows

    monkeypatch.setattr(harness.sender.outbox, "claim", claimed)
    await send_all(harness.sender)
    assert harness.channel.accepted == []


async def test_the_operators_channel_is_a_merchants_with_a_secret_until_it_is_switched_off(
    harness: NotificationHarness,
) -> None:
    configs = ChannelConfigs(harness.db, MASTER)
    channels = MerchantChannels(
        harness.channel,
        configs,
        MailSenders(harness.db),
        HttpWebhookTransport(EgressPolicy()),
        {"sms": "mailbox:"},
        sandbox_sends=True,
    )
    assert set(await channels.for_merchant("acme")) == {"email", "sms"}
    secret = await configs.put("acme", "sms", USE_OPERATOR)
    assert (await configs.of("acme"))["sms"].secret == secret
    assert set(await channels.for_merchant("acme")) == {"email", "sms"}
    assert await configs.disable("acme", "sms", shared=True)
    assert set(await channels.for_merchant("acme")) == {"email"}
    assert not await configs.disable("acme", "sms", shared=True)
    assert await configs.put("acme", "sms", USE_OPERATOR) == secret, "replies are signed as before"
    assert set(await channels.for_merchant("acme")) == {"email", "sms"}
    assert set(await channels.for_merchant("other")) == {"email", "sms"}
    await configs.put("acme", "whatsapp", USE_OPERATOR)
    assert "whatsapp" not in await channels.for_merchant("acme"), "the operator has none"
