"""A desk whose post can be looked into: what notices of one customer came to, by mail and by text."""

from typing import Any, cast

import pytest
from sqlmodel import col, update

from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks
from api.codes import Codes
from domain.actors import SYSTEM
from domain.journey import JourneyState
from domain.notice_policy import NoticePolicy
from domain.orders import SealedCustomer
from domain.preferences import Choice
from domain.terms import Policy
from ports.channels import Channel
from runtime.channels import Channels
from runtime.letters import make_letters
from runtime.messages import Messages
from runtime.notice_post import NoticePost
from runtime.verify.messages import budgets
from store.channels import ChannelBook
from store.database import Database
from store.mailbox import StoreMailbox
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


async def of_customers(desk: PostDesk, **customers: str) -> None:
    """These orders are of several people."""
    await desk.owing(*customers)
    async with desk.db.write() as session:
        for order, customer in customers.items():
            mine = update(OutboxRow).where(col(OutboxRow.order) == order)
            await session.exec(mine.values(customer=customer))
