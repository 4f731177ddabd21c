"""Outgoing webhooks in the store: written with the change, sent in sequence, never lost and never twice at once."""

import asyncio
import json
from datetime import timedelta

import pytest

from domain.model.notice import Notice
from domain.webhooks.retry import PAUSED_RETENTION
from store.engine.database import Database
from store.engine.queue import LEASE
from store.notifications.outbox import Outbox
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.webhooks.deliveries import WebhookDeliveries
from store.webhooks.replays import ReplayFilter
from tests.builders import PLACED, a_parcel, an_order
from tests.store.conftest import FakeClock
from tests.store.webhook_fixtures import HOUR, WebhookStores, commit, events, place, two_changes


@pytest.fixture
def webhooks(db: Database, time: FakeClock) -> WebhookStores:
    return WebhookStores(db, time)


# What is written


async def test_without_endpoints_nothing_is_written(webhooks: WebhookStores) -> None:
    await webhooks.endpoint(merchant="other")
    await two_changes(webhooks.db)
    assert await events(webhooks.db) == []


async def test_a_change_enqueues_for_each_endpoint_what_it_subscribes_to(webhooks: WebhookStores) -> None:
    everything, parcels = (
        await webhooks.endpoint(),
        await webhooks.endpoint("parcel.registered", "order.closed"),
    )
    await two_changes(webhooks.db)
    assert await webhooks.statuses(everything) == [
        ("order.placed", "queued"),
        ("parcel.registered", "queued"),
    ]
    assert await webhooks.statuses(parcels) == [("parcel.registered", "queued")]
    bodies = [json.loads(event.body) for event in await events(webhooks.db)]
    assert [body["data"]["seq"] for body in bodies] == [1, 2]


async def test_a_repeated_commit_enqueues_nothing_twice(
    webhooks: WebhookStores, snapshots: SnapshotStore
) -> None:
    endpoint = await webhooks.endpoint()
    state = await place(webhooks.db)
    a_parcel(state)
    assert await snapshots.commit(state) == "committed"
    assert await snapshots.commit(state) == "committed"
    assert await webhooks.statuses(endpoint) == [("order.placed", "queued"), ("parcel.registered", "queued")]


async def test_a_commit_that_came_too_late_enqueues_nothing(
    webhooks: WebhookStores, snapshots: SnapshotStore
) -> None:
    endpoint = await webhooks.endpoint()
    state = await two_changes(webhooks.db)
    stale = state.model_copy(deep=True, update={"base": 1, "seq": 2, "closed_at": PLACED})
    assert await snapshots.commit(stale) == "superseded"
    assert len(await webhooks.statuses(endpoint)) == 2


async def test_a_sent_notice_is_one_event(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint("notice.sent")
    state = await place(webhooks.db)
    state.pending_notices = [Notice(key="n1", kind="delayed", subject="p1", at=PLACED)]
    await commit(webhooks.db, state)
    outbox = Outbox(webhooks.db)
    [row] = await outbox.claim()
    for _ in range(2):
        await outbox.mark_sent(row, PLACED)
    assert await webhooks.statuses(endpoint) == [("notice.sent", "queued")]


# Who may send which delivery


async def test_an_order_s_events_are_sent_in_order(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    [first] = await webhooks.claim(endpoint)
    assert first.event.type == "order.placed"
    assert await webhooks.claim(endpoint) == []
    await webhooks.deliveries.mark_delivered(first.row, 204)
    [second] = await webhooks.claim(endpoint)
    assert second.event.type == "parcel.registered"


async def test_while_the_first_waits_for_its_next_try_the_second_waits_too(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    [first] = await webhooks.claim(endpoint)
    assert await webhooks.deliveries.retry_later(first.row, 500, "status_500", HOUR) == "queued"
    assert await webhooks.deliveries.due() == []
    assert await webhooks.claim(endpoint) == []
    webhooks.time.advance(HOUR)
    [again] = await webhooks.claim(endpoint)
    assert (again.event.event, again.row.attempts) == (first.event.event, 2)
    await webhooks.deliveries.dead_letter(again.row, 500, "status_500")
    [second] = await webhooks.claim(endpoint)
    assert second.event.type == "parcel.registered"


async def test_of_several_dispatchers_each_delivery_is_one_s(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    webhooks.time.advance(HOUR)
    four_engines = [WebhookDeliveries(webhooks.db, webhooks.time) for _ in range(8)]
    claimed = await asyncio.gather(*(other.claim(endpoint, 10) for other in four_engines))
    assert sum(map(len, claimed)) == 1


async def test_rows_leased_by_a_crashed_dispatcher_are_claimed_again(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    [first] = await webhooks.claim(endpoint)
    webhooks.time.advance(LEASE + timedelta(seconds=1))
    [taken_over] = await webhooks.claim(endpoint)
    assert taken_over.event.event == first.event.event
    assert await webhooks.deliveries.retry_later(first.row, None, "timeout", HOUR) == "lost"
    await webhooks.deliveries.release_leases()
    assert len(await webhooks.claim(endpoint)) == 1


async def test_an_endpoint_that_is_off_is_not_due_and_loses_nothing(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint()
    await webhooks.endpoints.change("acme", endpoint, status="paused")
    await two_changes(webhooks.db)
    webhooks.time.advance(HOUR)
    assert await webhooks.deliveries.due() == []
    await webhooks.endpoints.change("acme", endpoint, status="active")
    assert [due.endpoint for due in await webhooks.deliveries.due()] == [endpoint]
    webhooks.time.advance(PAUSED_RETENTION)
    assert await webhooks.deliveries.dead_letter_paused() == 0
    await webhooks.endpoints.change("acme", endpoint, status="paused")
    assert await webhooks.deliveries.dead_letter_paused() == 2
    assert {status for _, status in await webhooks.statuses(endpoint)} == {"dead"}


async def test_changing_an_endpoint_and_sending_to_it_never_deadlock(
    webhooks: WebhookStores, snapshots: SnapshotStore
) -> None:
    """The database would end a deadlock, and one of the two would fail."""
    endpoint = await webhooks.endpoint()
    for number in range(12):
        order = an_order(order=f"ord_{number}", order_id=f"#{number}")
        assert (await Orders(webhooks.db).place(order, "hash")).outcome == "new"
    row = await webhooks.endpoints.find("acme", endpoint)
    assert row is not None
    for _ in range(8):
        claimed = await webhooks.claim(endpoint, 12)
        sending = [
            webhooks.deliveries.retry_later(one.row, 500, "status_500", timedelta(0)) for one in claimed
        ]
        changing = [
            webhooks.endpoints.change("acme", endpoint, status=status) for status in ("paused", "active")
        ]
        await asyncio.gather(*sending, *changing, webhooks.replays.replay(row, ReplayFilter(dead=True)))
    assert len(await webhooks.statuses(endpoint)) == 12
