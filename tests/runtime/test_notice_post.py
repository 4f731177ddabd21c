"""Notices on their way out: a crash doubles nothing, several are one message, and a channel that says no has a successor."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlmodel import col, update

from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks
from api.codes import Codes, Unsubscribing
from domain.actors import SYSTEM
from domain.journey import JourneyState
from domain.notice_policy import NoticePolicy
from domain.notices import Notice
from domain.orders import SealedCustomer
from domain.preferences import Choice
from domain.terms import Policy
from ports.channels import Bounced, Channel, Message, PerhapsTaken, Unreachable
from runtime.channels import Channels
from runtime.letters import make_letters
from runtime.messages import Messages
from runtime.notice_post import NoticePost
from runtime.verify.messages import budgets
from store.channels import OPERATORS, ChannelBook
from store.columns import real_now
from store.database import Database
from store.mailbox import StoreMailbox
from store.merchants import NewMerchant
from store.outbox import LEASE, Outbox
from store.preferences import Preferences
from store.tables import BudgetRow, OutboxRow
from tests.builders import PLACED, a_state
from tests.runtime.desk import Desk, Killed, Post, sent
from tests.runtime.verify_world import MASTER
from workflows.journeys import Journeys

PHONE = "+447700900123"


class Lines(Channels):
    """E-mail and texts that a test looks into."""

    def __init__(self, desk: Desk) -> None:
        mailbox = StoreMailbox(desk.db, desk.vault)
        super().__init__(desk.post, mailbox, ChannelBook(desk.db, MASTER), HttpHooks(Reach()), {})
        self.texts, self.with_texts = Post(), False

    async def of(self, merchant: str) -> dict[Any, Channel]:
        known = await super().of(merchant)
        return {**known, "sms": self.texts} if self.with_texts else known


class PostDesk(Desk):
    """With a post of its own for each sender, and a shop with the default notices, where they are few a day."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.lines = Lines(self)
        self.sender = self.another(db)

    def another(self, db: Database) -> NoticePost:
        messages = Messages(Codes(MASTER), "https://shop.example", make_letters(None))
        return NoticePost(db, cast(Journeys, self.journeys), self.vault, self.lines, messages)

    async def owing(self, *names: str, kind: Any = "delayed") -> list[JourneyState]:
        """Orders of Ada, each of which owes a delay that is true: nothing has shipped."""
        states = []
        for name in names:
            customer = SealedCustomer(
                customer="cus_ada",
                name=await self.vault.seal("acme", "cus_ada", "Ada"),
                email=await self.vault.seal("acme", "cus_ada", "ada@example.org"),
                phone=await self.vault.seal("acme", "cus_ada", PHONE),
            )
            order = (await self.order(name)).model_copy(update={"customer": customer})
            state = a_state(order)
            due = {"reason": "not_shipped", "revision": 1, "due": state.order.due().isoformat()}
            state.tell(PLACED, f"{name}/unshipped/1", kind, "unshipped", **(due if kind == "delayed" else {}))
            await self.commit(state)
            states.append(state)
        return states

    async def rows(self, *names: str) -> list[Any]:
        return [row for name in names for row in await self.outbox.of_order("acme", name)]

    async def spent(self) -> int:
        async with self.db.read() as session:
            row = await session.get(BudgetRow, ("acme", "cus_ada"))
        return row.spent if row else 0


@pytest.fixture
def policy() -> NoticePolicy:
    return NoticePolicy(per_customer_day=2)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(url: str, policy: NoticePolicy) -> AsyncIterator[PostDesk]:
    db = Database(url)
    desk = PostDesk(db)
    new = NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED, policy=Policy(notices=policy))
    await desk.merchants.create(new)
    yield desk
    await db.close()


async def test_several_to_one_customer_leave_as_one_message_that_each_of_them_names(desk: PostDesk) -> None:
    await desk.owing("ord_a", "ord_b", "ord_c")
    await sent(desk.sender)
    [message] = desk.post.taken
    rows = await desk.rows("ord_a", "ord_b", "ord_c")
    assert {(row.status, row.sent_as, row.channel) for row in rows} == {("sent", message.message_id, "email")}
    assert [f"#{name}" in message.text for name in ("ord_a", "ord_b", "ord_c")] == [True] * 3
    assert await desk.spent() == 1


async def test_what_comes_right_after_a_message_waits_to_be_one_with_what_else_comes(desk: PostDesk) -> None:
    await desk.owing("ord_a")
    await sent(desk.sender)
    await desk.owing("ord_b", "ord_c")
    await sent(desk.sender)
    held = await desk.rows("ord_b", "ord_c")
    soon = PLACED + timedelta(minutes=30)
    assert {(row.status, row.reason, row.held_until) for row in held} == {("held", "digest", soon)}
    await desk.set_clock(soon)
    await sent(desk.sender)
    assert len({row.sent_as for row in await desk.rows("ord_b", "ord_c")}) == 1
    assert (len(desk.post.taken), await desk.spent()) == (2, 2)


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


@pytest.mark.parametrize("policy", [NoticePolicy(per_customer_day=2, digest_minutes=0)])
async def test_a_message_that_was_not_taken_gives_its_place_back(desk: PostDesk) -> None:
    await desk.owing("ord_a", "ord_b", "ord_c")
    desk.post.trouble.append(Unreachable("not taken: 451"))
    await sent(desk.sender)
    assert [row.status for row in await desk.rows("ord_a", "ord_b", "ord_c")] == ["queued", "sent", "sent"]
    assert await desk.spent() == 2


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


@pytest.mark.parametrize("policy", [NoticePolicy(per_customer_day=3, digest_minutes=0)])
async def test_several_senders_at_once_keep_within_the_customers_budget(desk: PostDesk) -> None:
    names = [f"ord_{number}" for number in range(12)]
    await desk.owing(*names)
    senders = [desk.another(desk.db) for _ in range(4)]

    async def few(outbox: Outbox) -> Any:
        return await Outbox(desk.db).claim(limit=3)

    for sender in senders:
        sender.outbox.claim = lambda limit=50, not_of=(), o=sender.outbox: few(o)  # type: ignore[method-assign, misc]
    await asyncio.gather(*(sent(sender) for sender in senders))
    rows = await desk.rows(*names)
    assert sorted(row.status for row in rows) == ["held"] * 9 + ["sent"] * 3
    assert {row.reason for row in rows if row.status == "held"} == {"budget_spent,quiet_hours"}
    assert (len(desk.post.taken), await desk.spent()) == (3, 3)


async def test_a_letter_that_cannot_be_written_is_a_dead_letter_and_nothing_looks_sent(
    desk: PostDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*told: Any) -> Any:
        raise KeyError("expected")

    monkeypatch.setattr(Messages, "_letter", broken)
    await desk.owing("ord_a")
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sending_at, row.sent_as) == ("dead", "KeyError", None, "")


async def test_a_held_notice_is_released_by_the_clock_and_by_nothing_else(desk: PostDesk) -> None:
    await desk.owing("ord_a")
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
    desk: PostDesk,
) -> None:
    await desk.merchants.create(NewMerchant(id="real", name="real", sandbox=False))
    await desk.owing("ord_a")
    [row] = await desk.outbox.claim()
    row.merchant = "real"
    until = row.created_at + timedelta(days=5)
    await desk.outbox.hold(row, until, "budget_spent")
    assert await desk.outbox.claim() == []
    later = Outbox(desk.db, lambda: until + timedelta(seconds=1))
    [again] = await later.claim()
    assert await later.again(again, timedelta(minutes=1), "not taken: 451") == "queued"


async def agree(desk: PostDesk) -> None:
    """Ada wants to be told by text, before e-mail."""
    desk.lines.with_texts = True
    first = Policy(notices=NoticePolicy(channels=("sms", "email"), digest_minutes=0))
    await desk.merchants.publish("acme", first)
    yes = Choice(
        channel="sms", topic="delivery", allowed=True, source="agent", at=PLACED, by="system/journey"
    )
    await Preferences(desk.db).choose("acme", "cus_ada", [yes], SYSTEM)


async def crashed(desk: PostDesk) -> None:
    """A message was taken and its sender died before that was written down; another one takes over."""
    desk.post.trouble.append(Killed())
    with pytest.raises(Killed):
        await sent(desk.sender)
    await desk.outbox.inherit()


async def due(desk: PostDesk) -> None:
    """Whatever waits for its next try has waited."""
    async with desk.db.write() as session:
        await session.exec(update(OutboxRow).values(not_before=OutboxRow.created_at))


async def unaccounted(desk: PostDesk) -> list[str]:
    """What the books of the customers' days are wrong about."""
    async with desk.db.read() as session:
        return [one.says async for one in budgets(session)]


async def no_mails(desk: PostDesk) -> None:
    no = Choice(
        channel="email",
        topic="delivery",
        allowed=False,
        source="unsubscribe_link",
        at=PLACED,
        by="customer/link",
    )
    await Preferences(desk.db).choose("acme", "cus_ada", [no], SYSTEM)


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


async def test_a_message_says_of_which_kind_order_and_topic_it_is(desk: PostDesk) -> None:
    await desk.owing("ord_a")
    await sent(desk.sender)
    [message] = desk.post.taken
    assert (message.kind, message.order, message.topic) == ("delayed", "ord_a", "delivery")


async def test_a_dead_text_that_is_replayed_by_hand_is_sent(desk: PostDesk) -> None:
    await agree(desk)
    desk.lines.texts.drops_copies = False
    desk.lines.texts.trouble.append(RuntimeError("a defect"))
    await desk.owing("ord_a")
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.sending_at) == ("dead", "RuntimeError", PLACED)
    assert await desk.outbox.replay("acme", row.id)
    await sent(desk.sender)
    [row] = await desk.rows("ord_a")
    assert (row.status, row.reason, row.channel) == ("sent", "", "sms")
    assert len(desk.lines.texts.taken) == 2
    assert (await desk.spent(), await unaccounted(desk)) == (1, [])


async def test_a_defect_before_it_is_handed_over_leaves_nothing_open(
    desk: PostDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*told: Any) -> None:
        raise KeyError("revision")

    monkeypatch.setattr(desk.sender, "_report_late", broken)
    await desk.owing("ord_a", "ord_b")
    await sent(desk.sender)
    rows = await desk.rows("ord_a", "ord_b")
    assert {(row.status, row.reason, row.sending_at) for row in rows} == {("dead", "KeyError", None)}
    assert (await desk.spent(), await unaccounted(desk)) == (0, [])


async def of_customers(desk: PostDesk, **customers: str) -> None:
    """These orders are of several people."""
    await desk.owing(*customers)
    async with desk.db.write() as session:
        for order, customer in customers.items():
            mine = update(OutboxRow).where(col(OutboxRow.order) == order)
            await session.exec(mine.values(customer=customer))


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


async def test_a_notice_whose_lease_ran_out_while_it_waited_its_turn_is_left(desk: PostDesk) -> None:
    await desk.owing("ord_a")
    rows = await desk.outbox.claim()
    for row in rows:
        row.lease_until = real_now() - LEASE
        async with desk.db.write() as session:
            await session.exec(update(OutboxRow).values(lease_until=row.lease_until))

    async def claimed(limit: int = 50, not_of: Any = ()) -> Any:
        return rows

    desk.sender.outbox.claim = claimed  # type: ignore[method-assign]
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
