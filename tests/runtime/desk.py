"""A dispatcher on a database of its own, with fakes for what is outside."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any, cast

from adapters.calendars.public_holidays import PublicHolidays
from adapters.carriers.generic import Generic
from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks
from api.codes import Codes
from api.placing import Placing
from api.promising import Promising
from domain import agenda, doing
from domain.facts import ParcelReport
from domain.journey import JourneyState
from domain.orders import Order, SealedCustomer
from ports.channels import Message, PerhapsTaken, Unreachable
from runtime.channels import Channels
from runtime.dispatcher import Dispatcher
from runtime.hook_post import HookPost
from runtime.letters import make_letters
from runtime.messages import Messages
from runtime.notice_post import NoticePost
from runtime.storefront_intake import StorefrontIntake
from store.channels import ChannelBook
from store.clock import Clocks
from store.database import Database
from store.hook_deliveries import HookDeliveries
from store.hook_endpoints import HookEndpoints
from store.idempotency import StoreIdempotency
from store.inbox import Inbox
from store.mailbox import StoreMailbox
from store.merchants import Merchants
from store.orders import Orders
from store.outbox import Outbox
from store.preferences import Preferences
from store.records import JourneyRecords
from store.vault import Vault
from tests.builders import PLACED, a_parcel, a_state, an_order
from tests.runtime.verify_world import MASTER
from workflows.journeys import Journeys, NotAnswering

HOUR = timedelta(hours=1)


class Told:
    """Journeys that remember; those in `silent` do not answer, those in `broken` raise what no journey should.

    `most`: how many were told at the same time. `takes`: seconds until one answers.
    """

    def __init__(self) -> None:
        self.facts: list[tuple[str, ParcelReport]] = []
        self.placed: list[str] = []
        self.silent: set[str] = set()
        self.broken: set[str] = set()
        self.now = self.most = 0
        self.takes = 0.0

    async def tell(self, merchant: str, order: str, fact: ParcelReport) -> None:
        self._answer(order)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.takes)
        self.now -= 1
        self.facts.append((order, fact))

    async def until_settled(self, merchant: str, order: str) -> None:
        """What was told is written at once."""

    async def place(self, merchant: str, order: str) -> None:
        self.placed.append(order)
        self._answer(order)

    def _answer(self, order: str) -> None:
        if order in self.silent:
            raise NotAnswering
        if order in self.broken:
            raise RuntimeError("zdzislawa.testowa@example.org")


class Post:
    """A channel that keeps what it takes; `trouble` is raised once, after taking or (certainly Unreachable) instead of it."""

    drops_copies = True

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.trouble: list[BaseException] = []

    async def send(self, message: Message) -> None:
        trouble = self.trouble.pop(0) if self.trouble else None
        if not isinstance(trouble, Unreachable) or isinstance(trouble, PerhapsTaken):
            self.taken.append(message)
        if trouble is not None:
            raise trouble


async def sent(post: NoticePost) -> int:
    """Have it send what is owed, until all of it is done with; how many notices."""
    taken = await post.send()
    await post.land()
    return taken


class Killed(BaseException):
    """The process ends here."""


class Desk:
    """A dispatcher on a database of its own, with fakes for what is outside."""

    def __init__(self, db: Database) -> None:
        self.db, self.journeys, self.post, self.arrived = db, Told(), Post(), asyncio.Event()
        self.inbox, self.outbox, self.records = Inbox(db), Outbox(db), JourneyRecords(db)
        self.vault, self.merchants = Vault(db, MASTER), Merchants(db, MASTER)
        self.at_work = Dispatcher(
            db,
            cast(Journeys, self.journeys),
            {"generic": Generic()},
            self.notices_by_post(),
            self._storefronts(),
            StoreIdempotency(db, MASTER),
            HookPost(HookDeliveries(db), HookEndpoints(db, MASTER), HttpHooks(Reach())),
            self.arrived,
        )

    def _storefronts(self) -> StorefrontIntake:
        placing = Placing(Orders(self.db), self.vault, Preferences(self.db))
        promising = Promising(self.merchants, PublicHolidays())
        return StorefrontIntake(self.db, cast(Journeys, self.journeys), {}, placing, promising)

    def notices_by_post(self) -> NoticePost:
        journeys, mailbox = cast(Journeys, self.journeys), StoreMailbox(self.db, self.vault)
        channels = Channels(self.post, mailbox, ChannelBook(self.db, MASTER), HttpHooks(Reach()), {})
        self.messages = Messages(Codes(MASTER), None, make_letters(None))
        return NoticePost(self.db, journeys, self.vault, channels, self.messages)

    async def order(self, name: str = "ord_one", locale: str = "en", **changed: Any) -> Order:
        customer = SealedCustomer(
            customer="cus_ada",
            name=await self.vault.seal("acme", "cus_ada", "Ada"),
            email=await self.vault.seal("acme", "cus_ada", "ada@example.org"),
            locale=locale,
        )
        order = an_order(order=name, order_id=f"#{name}", customer=customer, **changed)
        assert (await Orders(self.db).place(order, "hash")).outcome == "new"
        return order

    async def shipped(
        self, name: str = "ord_one", number: str = "TRACK1", locale: str = "en"
    ) -> JourneyState:
        state = a_state(await self.order(name, locale))
        a_parcel(state, number)
        await self.commit(state)
        return state

    async def late(self, name: str = "ord_one", locale: str = "en") -> JourneyState:
        """An order whose parcel fell silent: its delay is owed."""
        state = await self.shipped(name, locale=locale)
        await self.go_on(state, state.order.due() - 12 * HOUR)
        return state

    async def go_on(self, state: JourneyState, now: datetime) -> None:
        await self.set_clock(now)
        state.clock = now
        for deed in agenda.due(state, now):
            doing.apply(state, deed, now)
        await self.commit(state)

    async def set_clock(self, now: datetime) -> None:
        await Clocks(self.db).set("acme", now)

    async def commit(self, state: JourneyState) -> None:
        state.seq += 1
        assert await self.records.commit(state) == "committed"
        state.base, state.outgoing, state.journal = state.seq, [], []

    async def hear(self, name: str, *parcels: dict[str, Any], at: datetime = PLACED) -> None:
        body = json.dumps({"type": "tracking.updated", "data": {"parcels": parcels}}).encode()
        await self.inbox.accept("acme", "generic", name, body, at)

    async def ends(self, order: str = "ord_one") -> list[tuple[str, str, str]]:
        rows = await self.outbox.of_order("acme", order)
        return [(row.kind, row.status, row.reason) for row in rows]
