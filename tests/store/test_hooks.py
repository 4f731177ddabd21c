"""Outgoing webhooks in the store: written with the change, sent in line, never lost and never twice at once."""

import asyncio
import json
from datetime import timedelta

import pytest

from domain.hooks import KEPT_WHILE_PAUSED
from domain.journey import JourneyState
from domain.notices import Notice
from store.database import Database
from store.hook_deliveries import LEASE, HookDeliveries
from store.hook_lists import Wanted
from store.orders import Orders
from store.outbox import Outbox
from store.records import JourneyRecords
from tests.builders import PLACED, a_state, an_order
from tests.store.conftest import Time
from tests.store.hooks_of import HOUR, Hooks, commit, events, two_changes


@pytest.fixture
def hooks(db: Database, time: Time) -> Hooks:
    return Hooks(db, time)


# What is written


async def test_where_nobody_listens_nothing_is_written(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    await hooks.endpoint(merchant="other")
    await two_changes(records, state)
    assert await events(hooks.db) == []


async def test_a_change_owes_each_endpoint_what_it_wants(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    everything, parcels = await hooks.endpoint(), await hooks.endpoint("parcel.registered", "order.closed")
    await two_changes(records, state)
    assert await hooks.standing(everything) == [("order.placed", "queued"), ("parcel.registered", "queued")]
    assert await hooks.standing(parcels) == [("parcel.registered", "queued")]
    bodies = [json.loads(event.body) for event in await events(hooks.db)]
    assert [body["data"]["seq"] for body in bodies] == [1, 2]


async def test_a_repeated_commit_tells_nothing_twice(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    assert await records.commit(state) == "committed"
    assert await records.commit(state) == "committed"
    assert await hooks.standing(endpoint) == [("order.placed", "queued")]


async def test_a_commit_that_came_too_late_tells_nothing(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    stale = state.model_copy(deep=True, update={"base": 1, "seq": 2, "closed_at": PLACED})
    assert await records.commit(stale) == "superseded"
    assert len(await hooks.standing(endpoint)) == 2


async def test_a_notice_that_left_is_told_once(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint("notice.sent")
    state.outgoing = [Notice(key="n1", kind="delayed", subject="p1", at=PLACED)]
    state.seq = 0
    await commit(records, state)
    outbox = Outbox(hooks.db)
    [row] = await outbox.claim()
    for _ in range(2):
        await outbox.sent(row, PLACED)
    assert await hooks.standing(endpoint) == [("notice.sent", "queued")]


# Who may send what


async def test_an_order_s_events_are_sent_in_line(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    assert first.event.type == "order.placed"
    assert await hooks.claim(endpoint) == []
    await hooks.deliveries.delivered(first.row, 204)
    [second] = await hooks.claim(endpoint)
    assert second.event.type == "parcel.registered"


async def test_while_the_first_waits_for_its_next_try_the_second_waits_too(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    assert await hooks.deliveries.again(first.row, 500, "status_500", HOUR) == "queued"
    assert await hooks.deliveries.due() == []
    assert await hooks.claim(endpoint) == []
    hooks.time.pass_by(HOUR)
    [again] = await hooks.claim(endpoint)
    assert (again.event.event, again.row.attempts) == (first.event.event, 2)
    await hooks.deliveries.bury(again.row, 500, "status_500")
    [second] = await hooks.claim(endpoint)
    assert second.event.type == "parcel.registered"


async def test_of_several_dispatchers_each_delivery_is_one_s(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    hooks.time.pass_by(HOUR)
    others = [HookDeliveries(hooks.db, hooks.time) for _ in range(8)]
    claimed = await asyncio.gather(*(other.claim(endpoint, 10) for other in others))
    assert sum(map(len, claimed)) == 1


async def test_what_a_crashed_dispatcher_held_comes_back(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    hooks.time.pass_by(LEASE + timedelta(seconds=1))
    [taken_over] = await hooks.claim(endpoint)
    assert taken_over.event.event == first.event.event
    assert await hooks.deliveries.again(first.row, None, "timeout", HOUR) == "lost"
    await hooks.deliveries.inherit()
    assert len(await hooks.claim(endpoint)) == 1


async def test_an_endpoint_that_is_off_is_not_due_and_loses_nothing(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await hooks.endpoints.change("acme", endpoint, status="paused")
    await two_changes(records, state)
    hooks.time.pass_by(HOUR)
    assert await hooks.deliveries.due() == []
    await hooks.endpoints.change("acme", endpoint, status="active")
    assert [due.endpoint for due in await hooks.deliveries.due()] == [endpoint]
    hooks.time.pass_by(KEPT_WHILE_PAUSED)
    assert await hooks.deliveries.bury_waiting() == 0
    await hooks.endpoints.change("acme", endpoint, status="paused")
    assert await hooks.deliveries.bury_waiting() == 2
    assert {status for _, status in await hooks.standing(endpoint)} == {"dead"}


async def test_whoever_changes_an_endpoint_and_whoever_sends_to_it_never_wait_in_a_circle(
    hooks: Hooks, records: JourneyRecords
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
        sending = [hooks.deliveries.again(one.row, 500, "status_500", timedelta(0)) for one in claimed]
        changing = [
            hooks.endpoints.change("acme", endpoint, status=status) for status in ("paused", "active")
        ]
        await asyncio.gather(*sending, *changing, hooks.lists.replay(row, Wanted(dead=True)))
    assert len(await hooks.standing(endpoint)) == 12
