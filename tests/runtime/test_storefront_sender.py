"""The sender of what storefronts are told: once after a crash, one after the other, and a question after a day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from adapters.shopify.client import ShopifyClient
from adapters.storefronts.shopify_writer import ShopifyWriter
from domain.actors import Actor, Role
from domain.orders.storefront_behind import StorefrontBehind
from ports.payments import PaymentAccount
from services.journeys import Journeys
from services.orders.storefront_sender import StorefrontSender
from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.orders.storefront_updates import StorefrontUpdates
from tests.adapters.shopify_shop import DOMAIN, TOKEN, ShopProcess, number, running_shop
from tests.builders import PLACED, a_delivered_state, a_return, an_order
from tests.runtime.dispatcher_harness import FakeJourneys
from tests.runtime.verified_deployment import MASTER
from tests.store.conftest import FakeClock

RETURNS = "query ($id: ID!) { order(id: $id) { returns(first: 9) { nodes { status } } } }"


class SenderHarness:
    """A sender on its own database, before a shop whose order has an open return here."""

    def __init__(self, db: Database, shop: ShopProcess) -> None:
        self.db, self.shop, self.clock, self.journeys = db, shop, FakeClock(), FakeJourneys()
        self.updates = StorefrontUpdates(db, self.clock)

    def sender(self) -> StorefrontSender:
        """Another process' sender."""
        self.client = ShopifyClient(StoredPaymentAccounts(self.db, MASTER), 30)
        writer = ShopifyWriter(self.client, self.clock)
        journeys = cast(Journeys, self.journeys)
        return StorefrontSender(self.updates, {"shopify": writer}, journeys, Clocks(self.db), self.clock)

    async def order(self) -> None:
        """Two mugs, shipped in the shop, of which one is on a return here."""
        lines = [{"number": 1, "quantity": 2, "fulfilled": 2}]
        self.there = await self.shop.order(lines=lines)
        order = an_order(order_id=number(self.there["id"]), storefront="shopify")
        assert (await Orders(self.db).place(order, "hash")).outcome == "new"
        self.state = a_delivered_state(order=order, seq=1, base=1)
        a_return(self.state, authorized_at=PLACED)
        await self.commit()

    async def commit(self) -> None:
        self.state.seq = self.state.base + 1
        assert await SnapshotStore(self.db).commit(self.state) == "committed"
        self.state.base, self.state.audit_log = self.state.seq, []
        self.clock.at = max(self.clock.at, real_now()) + timedelta(seconds=1)

    async def rows(self) -> list[tuple[str, str]]:
        found = await self.updates.of_order("acme", "ord_one")
        return [(row.key.partition("/")[0], row.status) for row in found]

    async def returns(self) -> list[str]:
        _, body, _ = await self.shop.graphql(RETURNS, {"id": self.there["id"]})
        return [one["status"] for one in body["data"]["order"]["returns"]["nodes"]]


async def drained(sender: StorefrontSender) -> None:
    while await sender.send():
        await sender.in_flight.drain()


@pytest_asyncio.fixture(loop_scope="session")
async def harness(url: str, tmp_path: Path) -> AsyncIterator[SenderHarness]:
    db = Database(url)
    await Merchants(db, MASTER).create(NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED))
    async with running_shop(tmp_path / "shop.db") as shop:
        account = PaymentAccount(
            provider="shopify", base=shop.base, account=DOMAIN, keys={"access_token": TOKEN}
        )
        assert (
            await StoredPaymentAccounts(db, MASTER).put("acme", account, Actor(role=Role.ADMIN)) is not None
        )
        yield SenderHarness(db, shop)
    await db.close()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_process_that_ends_between_the_call_and_its_record_shows_it_once(
    harness: SenderHarness,
) -> None:
    await harness.order()
    await harness.shop.arm("hang", field="returnCreate", seconds=60)
    first = harness.sender()
    assert await first.send() == 1
    while await harness.returns() != ["OPEN"]:
        await asyncio.sleep(0.02)
    await first.in_flight.cancel()  # the shop has it, and nothing is written here
    await harness.client.close()
    assert await harness.rows() == [("return_opened", "queued")]
    await harness.updates.release_leases()
    second = harness.sender()
    await drained(second)
    assert (await harness.rows(), await harness.returns()) == ([("return_opened", "done")], ["OPEN"])
    await harness.client.close()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_shop_that_does_not_answer_is_a_question_after_a_day_and_each_week_until_it_does(
    harness: SenderHarness,
) -> None:
    await harness.order()
    harness.state.returns[0].decision = "cancelled"
    await harness.commit()
    await harness.shop.arm("http_503", times=4)
    sender = harness.sender()
    questions = cast(list[tuple[str, StorefrontBehind]], harness.journeys.signals)
    for hours, asked in ((0, 0), (23, 0), (2, 1), (7 * 24, 2)):
        harness.clock.advance(timedelta(hours=hours))
        assert await sender.send() == 1  # the second update of the order waits for the first
        await sender.in_flight.drain()
        assert [event.behind for _, event in questions] == [True] * asked
    assert await harness.rows() == [("return_opened", "queued"), ("return_cancelled", "queued")]
    harness.clock.advance(timedelta(hours=2))
    await drained(sender)
    assert await harness.rows() == [("return_opened", "done"), ("return_cancelled", "done")]
    assert ([event.behind for _, event in questions], await harness.returns()) == (
        [True, True, False],
        ["CANCELED"],
    )
    await harness.client.close()
