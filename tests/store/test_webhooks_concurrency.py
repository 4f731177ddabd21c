"""Senders, merchants and the cleanup of webhooks at the same moment: no deadlock, and no half-done change."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import delete, select

from domain import keys
from domain.webhooks.retry import PAUSED_RETENTION
from store.engine.database import Database, acquire_transaction_lock
from store.orders.orders import Orders
from store.tables.all import WebhookEndpointRow, WebhookEventRow
from store.webhooks.deliveries import ClaimedDelivery, WebhookDeliveries
from store.webhooks.replays import ReplayFilter, WebhookReplays
from tests.builders import an_order
from tests.store.concurrency import locked_rows, waiting
from tests.store.conftest import FakeClock
from tests.store.webhook_fixtures import WebhookStores

ORDERS = 8


@pytest.fixture
def webhooks(db: Database, time: FakeClock) -> WebhookStores:
    return WebhookStores(db, time)


async def one_event_of_each(webhooks: WebhookStores) -> None:
    for number in range(ORDERS):
        order = an_order(order=f"ord_{number}", order_id=f"#{number}")
        assert (await Orders(webhooks.db).place(order, "hash")).outcome == "new"


async def test_an_endpoint_that_is_gone_is_disabled_while_others_are_being_refused_by_it(
    webhooks: WebhookStores, four_engines: list[Database]
) -> None:
    """Each sender has its own delivery; disabling an endpoint takes all of them."""
    tables = [WebhookDeliveries(other, webhooks.time) for other in four_engines]

    async def end(number: int, one: ClaimedDelivery) -> None:
        table = tables[number % len(tables)]
        if number % 2:
            await table.disable_endpoint(one.row)
        else:
            await table.retry_later(one.row, 500, "status_500", timedelta(0))

    endpoint = await webhooks.endpoint()
    await one_event_of_each(webhooks)
    for _ in range(6):
        row = await webhooks.endpoints.find("acme", endpoint)
        assert row is not None
        await webhooks.replays.replay(row, ReplayFilter())
        claimed = await webhooks.claim(endpoint, ORDERS)
        assert len(claimed) == ORDERS
        await asyncio.gather(*(end(number, one) for number, one in enumerate(claimed)))
        assert {status for _, status in await webhooks.statuses(endpoint)} == {"dead"}
        await webhooks.endpoints.change("acme", endpoint, status="active")


async def test_a_delivery_that_waited_too_long_is_dead_while_its_merchant_resumes_the_endpoint(
    webhooks: WebhookStores, four_engines: list[Database]
) -> None:
    endpoint = await webhooks.endpoint()
    await one_event_of_each(webhooks)
    for _ in range(6):
        row = await webhooks.endpoints.change("acme", endpoint, status="paused")
        assert row is not None
        await webhooks.replays.replay(row, ReplayFilter())
        webhooks.time.advance(PAUSED_RETENTION + timedelta(days=1))
        expiring = asyncio.gather(
            *(WebhookDeliveries(other, webhooks.time).dead_letter_paused() for other in four_engines)
        )
        expired, _ = await asyncio.gather(
            expiring, webhooks.endpoints.change("acme", endpoint, status="active")
        )
        assert sum(expired) in (0, ORDERS)


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_an_event_that_is_being_sent_again_is_not_forgotten(
    webhooks: WebhookStores, db: Database, four_engines: list[Database]
) -> None:
    row = await an_endpoint_for_old_events(webhooks)
    async with locked_rows(db, select(WebhookEndpointRow)):
        replaying = asyncio.create_task(
            WebhookReplays(four_engines[0], webhooks.time).replay(row, ReplayFilter())
        )
        await waiting(db, 1)
        tomorrow = webhooks.time.at + timedelta(days=1)
        forgetting = asyncio.create_task(
            WebhookDeliveries(four_engines[1], webhooks.time).prune("acme", tomorrow)
        )
        await waiting(db, 2)
    assert (await replaying).queued == ORDERS
    await forgetting
    assert len(await webhooks.claim(row.id, ORDERS)) == ORDERS


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_an_event_that_was_just_forgotten_is_not_sent_again(
    webhooks: WebhookStores, db: Database, four_engines: list[Database]
) -> None:
    """The replay has found it, and waits for the transaction that deletes it."""
    row = await an_endpoint_for_old_events(webhooks)
    async with db.write() as session:
        await acquire_transaction_lock(session, keys.WEBHOOK_RETENTION)
        replaying = asyncio.create_task(
            WebhookReplays(four_engines[0], webhooks.time).replay(row, ReplayFilter())
        )
        await waiting(db, 1)
        await session.exec(delete(WebhookEventRow))
    assert (await replaying).queued == 0
    assert await webhooks.claim(row.id, ORDERS) == []


async def an_endpoint_for_old_events(webhooks: WebhookStores) -> WebhookEndpointRow:
    """The replay may enqueue them, and no delivery references them any more."""
    before = await webhooks.endpoint()
    await one_event_of_each(webhooks)
    assert await webhooks.endpoints.delete("acme", before)
    row = await webhooks.endpoints.find("acme", await webhooks.endpoint())
    assert row is not None
    return row
