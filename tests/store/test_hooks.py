"""Outgoing webhooks in the store: written with the change, sent in line, never lost and never twice at once."""

import asyncio
import json
from datetime import timedelta

import pytest

from domain.hooks import PAUSED_RETENTION
from domain.journey import JourneyState
from domain.notices import Notice
from store.database import Database
from store.hook_deliveries import LEASE, WebhookDeliveries
from store.hook_lists import ReplayFilter
from store.orders import Orders
from store.outbox import Outbox
from store.records import SnapshotStore
from tests.builders import PLACED, a_state, an_order
from tests.store.conftest import FakeClock
from tests.store.hooks_of import HOUR, WebhookStores, commit, events, two_changes


@pytest.fixture
def hooks(db: Database, time: FakeClock) -> WebhookStores:
    return WebhookStores(db, time)


# What is written


async def test_without_endpoints_nothing_is_written(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    await hooks.endpoint(merchant="other")
    await two_changes(records, state)
    assert await events(hooks.db) == []


async def test_a_change_enqueues_for_each_endpoint_what_it_subscribes_to(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    everything, parcels = await hooks.endpoint(), await hooks.endpoint("parcel.registered", "order.closed")
    await two_changes(records, state)
    assert await hooks.statuses(everything) == [("order.placed", "queued"), ("parcel.registered", "queued")]
    assert await hooks.statuses(parcels) == [("parcel.registered", "queued")]
    bodies = [json.loads(event.body) for event in await events(hooks.db)]
    assert [body["data"]["seq"] for body in bodies] == [1, 2]


async def test_a_repeated_commit_enqueues_nothing_twice(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    assert await records.commit(state) == "committed"
    assert await records.commit(state) == "committed"
    assert await hooks.statuses(endpoint) == [("order.placed", "queued")]


async def test_a_commit_that_came_too_late_enqueues_nothing(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    stale = state.model_copy(deep=True, update={"base": 1, "seq": 2, "closed_at": PLACED})
    assert await records.commit(stale) == "superseded"
    assert len(await hooks.statuses(endpoint)) == 2


async def test_a_sent_notice_is_one_event(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint("notice.sent")
    state.pending_notices = [Notice(key="n1", kind="delayed", subject="p1", at=PLACED)]
    state.seq = 0
    await commit(records, state)
    outbox = Outbox(hooks.db)
    [row] = await outbox.claim()
    for _ in range(2):
        await outbox.mark_sent(row, PLACED)
    assert await hooks.statuses(endpoint) == [("notice.sent", "queued")]


# Who may send what


async def test_an_order_s_events_are_sent_in_order(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    assert first.event.type == "order.placed"
    assert await hooks.claim(endpoint) == []
    await hooks.deliveries.mark_delivered(first.row, 204)
    [second] = await hooks.claim(endpoint)
    assert second.event.type == "parcel.registered"


async def test_while_the_first_waits_for_its_next_try_the_second_waits_too(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    assert await hooks.deliveries.retry_later(first.row, 500, "status_500", HOUR) == "queued"
    assert await hooks.deliveries.due() == []
    assert await hooks.claim(endpoint) == []
    hooks.time.advance(HOUR)
    [again] = await hooks.claim(endpoint)
    assert (again.event.event, again.row.attempts) == (first.event.event, 2)
    await hooks.deliveries.dead_letter(again.row, 500, "status_500")
    [second] = await hooks.claim(endpoint)
    assert second.event.type == "parcel.registered"


async def test_of_several_dispatchers_each_delivery_is_one_s(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    hooks.time.advance(HOUR)
    others = [WebhookDeliveries(hooks.db, hooks.time) for _ in range(8)]
    claimed = await asyncio.gather(*(other.claim(endpoint, 10) for other in others))
    assert sum(map(len, claimed)) == 1


async def test_what_a_crashed_dispatcher_held_comes_back(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    hooks.time.advance(LEASE + timedelta(seconds=1))
    [taken_over] = await hooks.claim(endpoint)
    assert taken_over.event.event == first.event.event
    assert await hooks.deliveries.retry_later(first.row, None, "timeout", HOUR) == "lost"
    await hooks.deliveries.release_leases()
    assert len(await hooks.claim(endpoint)) == 1


async def test_an_endpoint_that_is_off_is_not_due_and_loses_nothing(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await hooks.endpoints.change("acme", endpoint, status="paused")
    await two_changes(records, state)
    hooks.time.advance(HOUR)
    assert await hooks.deliveries.due() == []
    await hooks.endpoints.change("acme", endpoint, status="active")
    assert [due.endpoint for due in await hooks.deliveries.due()] == [endpoint]
    hooks.time.advance(PAUSED_RETENTION)
    assert await hooks.deliveries.dead_letter_paused() == 0
    await hooks.endpoints.change("acme", endpoint, status="paused")
    assert await hooks.deliveries.dead_letter_paused() == 2
    assert {status for _, status in await hooks.statuses(endpoint)} == {"dead"}


async def test_whoever_changes_an_endpoint_and_whoever_sends_to_it_never_wait_in_a_circle(
    hooks: WebhookStores, records: SnapshotStore
) -> None:
    """A circle would be cut by the database, and one of both would fail."""
    endpoint = await hooks.endpoint()
    for number in range(12):
        order = an_order(order=f"ord_{number}", order_id=f"#{number}")
        assert (await Orders(hooks.db).place(order, "hash")).outcome == "new"
        await commit(records, a_state(order))
    row = await hooks.endpoints.find("acme", endpoint)
    assert row is not None
    for _ in range(8):
        claimed = await hooks.claim(endpoint, 12)
        sending = [hooks.deliveries.retry_later(one.row, 500, "status_500", timedelta(0)) for one in claimed]
        changing = [
            hooks.endpoints.change("acme", endpoint, status=status) for status in ("paused", "active")
        ]
        await asyncio.gather(*sending, *changing, hooks.delivery_log.replay(row, ReplayFilter(dead=True)))
    assert len(await hooks.statuses(endpoint)) == 12
