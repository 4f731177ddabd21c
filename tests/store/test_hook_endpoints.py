"""Endpoints of outgoing webhooks in the store: how they end, what is sent once more, whose they are, their secrets."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from domain.events import events_between
from domain.hooks import MAX_ENDPOINTS
from domain.journey import JourneyState
from domain.views import order_view
from store.audit import AuditLog
from store.database import Database
from store.hook_events import enqueue
from store.hook_lists import ReplayFilter
from store.records import SnapshotStore
from tests.builders import PLACED
from tests.store.conftest import FakeClock
from tests.store.hooks_of import DAY, HOUR, URL, WebhookStores, add_attention_item, commit, events, two_changes


@pytest.fixture
def hooks(db: Database, time: FakeClock) -> WebhookStores:
    return WebhookStores(db, time)


# How endpoints end


async def test_only_failing_for_a_day_pauses_an_endpoint_and_says_so(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    ends = []
    for _ in range(20):
        [claimed] = await hooks.claim(endpoint)
        ends.append(await hooks.deliveries.retry_later(claimed.row, 500, "status_500", 2 * HOUR))
        hooks.time.advance(2 * HOUR)
    assert ends == ["queued"] * 19 + ["paused"]
    row = await hooks.endpoints.find("acme", endpoint)
    assert row is not None
    assert (row.status, row.reason, row.failures) == ("paused", "failing", 20)
    assert await hooks.deliveries.due() == []
    lines = (await AuditLog(hooks.db).page("acme", limit=50)).items
    [line] = [line for line in lines if line.action == "webhook_endpoint_paused"]
    assert (line.role, line.subject, json.loads(line.details)["failures"]) == ("system", endpoint, 20)
    row = await hooks.endpoints.change("acme", endpoint, status="active")
    assert row is not None
    assert (row.failures, row.failing_since) == (0, None)
    assert len(await hooks.claim(endpoint)) == 1


async def test_one_success_forgets_all_failures(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.retry_later(first.row, None, "timeout", HOUR)
    hooks.time.advance(DAY)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.mark_delivered(first.row, 200)
    row = await hooks.endpoints.find("acme", endpoint)
    assert row is not None
    assert (row.failures, row.failing_since) == (0, None)


async def test_an_endpoint_that_is_gone_receives_nothing_more_and_can_come_back(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.disable_endpoint(first.row)
    assert {status for _, status in await hooks.statuses(endpoint)} == {"dead"}
    add_attention_item(state)
    await commit(records, state)
    assert len(await hooks.statuses(endpoint)) == 2
    row = await hooks.endpoints.change("acme", endpoint, status="active")
    assert row is not None
    assert (await hooks.delivery_log.replay(row, ReplayFilter(dead=True))).queued == 2
    assert len(await hooks.claim(endpoint)) == 1


async def test_a_dead_letter_is_in_the_audit_and_in_the_backlog(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.dead_letter(first.row, 500, "status_500")
    backlog = await hooks.deliveries.backlog()
    assert (backlog.count, backlog.dead, backlog.oldest is not None) == (1, 1, True)
    [line] = [
        one for one in (await AuditLog(hooks.db).page("acme", limit=50)).items if one.action == "webhook_delivery_dead"
    ]
    assert (line.subject, json.loads(line.details)["endpoint"]) == (first.event.event, endpoint)
    waiting = (await hooks.delivery_log.backlogs([endpoint]))[endpoint]
    assert (waiting.queued, waiting.dead) == (1, 1)


async def test_an_endpoint_is_deleted_only_when_nothing_is_enqueued_for_it(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    told = events_between(None, order_view(state, PLACED))
    async with hooks.db.write() as session:
        await enqueue(session, "acme", told)
        deleting = asyncio.create_task(hooks.endpoints.delete("acme", endpoint))
        done, _ = await asyncio.wait({deleting}, timeout=0.5)
        assert done == set()
    assert await deleting
    assert await hooks.statuses(endpoint) == []
    assert not await hooks.endpoints.delete("acme", endpoint)


# Sent again, and forgotten


@pytest.mark.parametrize(
    ("wanted", "queued"),
    [
        ({"order": "ord_one"}, 2),
        ({"order": "ord_other"}, 0),
        ({"types": ("parcel.registered",)}, 1),
        ({"return_id": "p1"}, 1),
        ({"since": DAY}, 0),
        ({"until": DAY}, 2),
        ({"since": -DAY, "types": ("order.placed",)}, 1),
        ({"dead": True}, 0),
    ],
)
async def test_events_are_sent_again_by_time_object_and_type(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState, wanted: dict[str, Any], queued: int
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    ids = []
    while claimed := await hooks.claim(endpoint):
        ids.append(claimed[0].event.event)
        await hooks.deliveries.mark_delivered(claimed[0].row, 204)
    row = await hooks.endpoints.find("acme", endpoint)
    assert row is not None
    start = hooks.time.at
    given: dict[str, Any] = {
        name: start + value if isinstance(value, timedelta) else value for name, value in wanted.items()
    }
    assert (await hooks.delivery_log.replay(row, ReplayFilter(**given))).queued == queued
    again = []
    while claimed := await hooks.claim(endpoint):
        again.append(claimed[0].event.event)
        await hooks.deliveries.mark_delivered(claimed[0].row, 204)
    assert len(again) == queued
    assert set(again) <= set(ids)
    assert again == sorted(again, key=ids.index)


async def test_a_new_endpoint_can_be_sent_what_happened_before_it(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    await hooks.endpoint()
    await two_changes(records, state)
    late = await hooks.endpoint()
    row = await hooks.endpoints.find("acme", late)
    assert row is not None
    assert (await hooks.delivery_log.replay(row, ReplayFilter(order="ord_one"))).queued == 2
    assert (await hooks.delivery_log.replay(row, ReplayFilter(order="ord_one"))).queued == 0  # they wait already


async def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(
    hooks: WebhookStores, records: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.mark_delivered(first.row, 204)
    hooks.time.advance(DAY)
    await hooks.deliveries.prune(hooks.time.at)
    assert await hooks.statuses(endpoint) == [("parcel.registered", "queued")]
    assert [event.type for event in await events(hooks.db)] == ["parcel.registered"]


# Whose they are, and their secrets


async def test_endpoints_are_their_merchant_s_only_and_so_many_at_most(hooks: WebhookStores) -> None:
    mine = await hooks.endpoint()
    assert await hooks.endpoints.find("other", mine) is None
    assert await hooks.endpoints.change("other", mine, status="paused") is None
    assert await hooks.endpoints.rotate("other", mine, HOUR) is None
    assert not await hooks.endpoints.delete("other", mine)
    made = await asyncio.gather(*(hooks.endpoints.create("acme", URL, ()) for _ in range(MAX_ENDPOINTS)))
    assert sum(one is not None for one in made) == MAX_ENDPOINTS - 1
    assert len(await hooks.endpoints.all("acme")) == MAX_ENDPOINTS
    assert await hooks.endpoints.create("other", URL, ()) is not None


async def test_secrets_are_sealed_and_old_ones_sign_for_their_time(hooks: WebhookStores) -> None:
    made = await hooks.endpoints.create("acme", URL, ())
    assert made is not None
    row, first = made
    assert first.encode() not in row.secrets
    second = await hooks.endpoints.rotate("acme", row.id, DAY)
    assert await secrets(hooks, row.id) == (second, first)
    third = await hooks.endpoints.rotate("acme", row.id, HOUR)
    assert await secrets(hooks, row.id) == (third, second, first)
    hooks.time.advance(HOUR)
    assert await secrets(hooks, row.id) == (third,)
    fourth = await hooks.endpoints.rotate("acme", row.id, timedelta(0))
    assert await secrets(hooks, row.id) == (fourth,)


async def secrets(hooks: WebhookStores, endpoint: str) -> tuple[str, ...]:
    target = await hooks.endpoints.target(endpoint)
    assert target is not None
    return target.secrets
