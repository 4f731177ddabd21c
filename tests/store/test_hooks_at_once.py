"""Senders, merchants and the tidying of webhooks at the same moment: nobody waits in a circle, nothing is half there."""

# ruff: noqa: F401, F811 - fixtures are imported under the names they are asked for by

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import delete, select

from domain.hooks import PAUSED_RETENTION
from store.database import Database, acquire_transaction_lock
from store.hook_deliveries import RETENTION_LOCK, ClaimedDelivery, WebhookDeliveries
from store.hook_lists import DeliveryLog, ReplayFilter
from store.orders import Orders
from store.records import SnapshotStore
from store.tables import WebhookEndpointRow, WebhookEventRow
from tests.builders import a_state, an_order
from tests.store.conftest import FakeClock
from tests.store.hooks_of import WebhookStores, commit
from tests.store.test_at_once import held_up, others, waiting

ORDERS = 8


@pytest.fixture
def hooks(db: Database, time: FakeClock) -> WebhookStores:
    return WebhookStores(db, time)


async def one_event_of_each(hooks: WebhookStores) -> None:
    records = SnapshotStore(hooks.db)
    for number in range(ORDERS):
        order = an_order(order=f"ord_{number}", order_id=f"#{number}")
        assert (await Orders(hooks.db).place(order, "hash")).outcome == "new"
        await commit(records, a_state(order))


async def test_an_endpoint_that_is_gone_is_disabled_while_others_are_being_refused_by_it(
    hooks: WebhookStores, others: list[Database]
) -> None:
    """Each holds its own delivery, and whoever disables wants them all."""
    tables = [WebhookDeliveries(other, hooks.time) for other in others]

    async def end(number: int, one: ClaimedDelivery) -> None:
        table = tables[number % len(tables)]
        if number % 2:
            await table.disable_endpoint(one.row)
        else:
            await table.retry_later(one.row, 500, "status_500", timedelta(0))

    endpoint = await hooks.endpoint()
    await one_event_of_each(hooks)
    for _ in range(6):
        row = await hooks.endpoints.find("acme", endpoint)
        assert row is not None
        await hooks.delivery_log.replay(row, ReplayFilter())
        claimed = await hooks.claim(endpoint, ORDERS)
        assert len(claimed) == ORDERS
        await asyncio.gather(*(end(number, one) for number, one in enumerate(claimed)))
        assert {status for _, status in await hooks.statuses(endpoint)} == {"dead"}
        await hooks.endpoints.change("acme", endpoint, status="active")


async def test_what_waited_too_long_is_a_dead_letter_while_its_merchant_resumes_the_endpoint(
    hooks: WebhookStores, others: list[Database]
) -> None:
    endpoint = await hooks.endpoint()
    await one_event_of_each(hooks)
    for _ in range(6):
        row = await hooks.endpoints.change("acme", endpoint, status="paused")
        assert row is not None
        await hooks.delivery_log.replay(row, ReplayFilter())
        hooks.time.advance(PAUSED_RETENTION + timedelta(days=1))
        burying = asyncio.gather(*(WebhookDeliveries(other, hooks.time).dead_letter_paused() for other in others))
        buried, _ = await asyncio.gather(burying, hooks.endpoints.change("acme", endpoint, status="active"))
        assert sum(buried) in (0, ORDERS)


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_an_event_that_is_being_sent_again_is_not_forgotten(
    hooks: WebhookStores, db: Database, others: list[Database]
) -> None:
    row = await a_listener_of_old_events(hooks)
    async with held_up(db, select(WebhookEndpointRow)):
        replaying = asyncio.create_task(DeliveryLog(others[0], hooks.time).replay(row, ReplayFilter()))
        await waiting(db, 1)
        tomorrow = hooks.time.at + timedelta(days=1)
        forgetting = asyncio.create_task(WebhookDeliveries(others[1], hooks.time).prune(tomorrow))
        await waiting(db, 2)
    assert (await replaying).queued == ORDERS
    await forgetting
    assert len(await hooks.claim(row.id, ORDERS)) == ORDERS


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_an_event_that_was_just_forgotten_is_not_sent_again(
    hooks: WebhookStores, db: Database, others: list[Database]
) -> None:
    """The replay has found it, and waits for those who forget it."""
    row = await a_listener_of_old_events(hooks)
    async with db.write() as session:
        await acquire_transaction_lock(session, RETENTION_LOCK)
        replaying = asyncio.create_task(DeliveryLog(others[0], hooks.time).replay(row, ReplayFilter()))
        await waiting(db, 1)
        await session.exec(delete(WebhookEventRow))
    assert (await replaying).queued == 0
    assert await hooks.claim(row.id, ORDERS) == []


async def a_listener_of_old_events(hooks: WebhookStores) -> WebhookEndpointRow:
    """It may have them sent, and no delivery holds them any more."""
    before = await hooks.endpoint()
    await one_event_of_each(hooks)
    assert await hooks.endpoints.delete("acme", before)
    row = await hooks.endpoints.find("acme", await hooks.endpoint())
    assert row is not None
    return row
