"""Endpoints of outgoing webhooks in the store: how they end, what is resent, whose they are, their secrets."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from domain.journey.order_view import order_view
from domain.model.state import JourneyState
from domain.webhooks.events import events_between
from domain.webhooks.retry import MAX_ENDPOINTS
from store.audit import AuditLog
from store.engine.database import Database
from store.orders.snapshots import SnapshotStore
from store.webhooks.events import enqueue
from store.webhooks.replays import ReplayFilter
from tests.builders import PLACED
from tests.store.conftest import FakeClock
from tests.store.webhook_fixtures import (
    DAY,
    HOUR,
    URL,
    WebhookStores,
    add_attention_item,
    commit,
    events,
    two_changes,
)


@pytest.fixture
def webhooks(db: Database, time: FakeClock) -> WebhookStores:
    return WebhookStores(db, time)


# How endpoints end


async def test_only_a_day_of_failures_pauses_an_endpoint_and_notifies_the_merchant(
    webhooks: WebhookStores,
) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    ends = []
    for _ in range(20):
        [claimed] = await webhooks.claim(endpoint)
        ends.append(await webhooks.deliveries.retry_later(claimed.row, 500, "status_500", 2 * HOUR))
        webhooks.time.advance(2 * HOUR)
    assert ends == ["queued"] * 19 + ["paused"]
    row = await webhooks.endpoints.find("acme", endpoint)
    assert row is not None
    assert (row.status, row.reason, row.failures) == ("paused", "failing", 20)
    assert await webhooks.deliveries.due() == []
    lines = (await AuditLog(webhooks.db).page("acme", limit=50)).items
    [line] = [line for line in lines if line.action == "webhook_endpoint_paused"]
    assert (line.role, line.subject, json.loads(line.details)["failures"]) == ("system", endpoint, 20)
    row = await webhooks.endpoints.change("acme", endpoint, status="active")
    assert row is not None
    assert (row.failures, row.failing_since) == (0, None)
    assert len(await webhooks.claim(endpoint)) == 1


async def test_one_success_forgets_all_failures(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    [first] = await webhooks.claim(endpoint)
    await webhooks.deliveries.retry_later(first.row, None, "timeout", HOUR)
    webhooks.time.advance(DAY)
    [first] = await webhooks.claim(endpoint)
    await webhooks.deliveries.mark_delivered(first.row, 200)
    row = await webhooks.endpoints.find("acme", endpoint)
    assert row is not None
    assert (row.failures, row.failing_since) == (0, None)


async def test_an_endpoint_that_is_gone_receives_nothing_more_and_can_come_back(
    webhooks: WebhookStores,
) -> None:
    endpoint = await webhooks.endpoint()
    state = await two_changes(webhooks.db)
    [first] = await webhooks.claim(endpoint)
    await webhooks.deliveries.disable_endpoint(first.row)
    assert {status for _, status in await webhooks.statuses(endpoint)} == {"dead"}
    add_attention_item(state)
    await commit(webhooks.db, state)
    assert len(await webhooks.statuses(endpoint)) == 2
    row = await webhooks.endpoints.change("acme", endpoint, status="active")
    assert row is not None
    assert (await webhooks.replays.replay(row, ReplayFilter(dead=True))).queued == 2
    assert len(await webhooks.claim(endpoint)) == 1


async def test_a_dead_letter_is_in_the_audit_and_in_the_backlog(webhooks: WebhookStores) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    [first] = await webhooks.claim(endpoint)
    await webhooks.deliveries.dead_letter(first.row, 500, "status_500")
    backlog = await webhooks.backlogs.total()
    assert (backlog.queued, backlog.dead, backlog.oldest is not None) == (1, 1, True)
    [line] = [
        item
        for item in (await AuditLog(webhooks.db).page("acme", limit=50)).items
        if item.action == "webhook_delivery_dead"
    ]
    assert (line.subject, json.loads(line.details)["endpoint"]) == (first.event.event, endpoint)
    waiting = (await webhooks.backlogs.by_endpoint([endpoint]))[endpoint]
    assert (waiting.queued, waiting.dead) == (1, 1)


async def test_an_endpoint_is_deleted_only_when_nothing_is_enqueued_for_it(
    webhooks: WebhookStores, snapshots: SnapshotStore, state: JourneyState
) -> None:
    endpoint = await webhooks.endpoint()
    events = events_between(None, order_view(state, PLACED))
    async with webhooks.db.write() as session:
        await enqueue(session, "acme", events)
        deleting = asyncio.create_task(webhooks.endpoints.delete("acme", endpoint))
        done, _ = await asyncio.wait({deleting}, timeout=0.5)
        assert done == set()
    assert await deleting
    assert await webhooks.statuses(endpoint) == []
    assert not await webhooks.endpoints.delete("acme", endpoint)


# Resent, and deleted


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
    webhooks: WebhookStores,
    wanted: dict[str, Any],
    queued: int,
) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    ids = []
    while claimed := await webhooks.claim(endpoint):
        ids.append(claimed[0].event.event)
        await webhooks.deliveries.mark_delivered(claimed[0].row, 204)
    row = await webhooks.endpoints.find("acme", endpoint)
    assert row is not None
    start = webhooks.time.at
    given: dict[str, Any] = {
        name: start + value if isinstance(value, timedelta) else value for name, value in wanted.items()
    }
    assert (await webhooks.replays.replay(row, ReplayFilter(**given))).queued == queued
    again = []
    while claimed := await webhooks.claim(endpoint):
        again.append(claimed[0].event.event)
        await webhooks.deliveries.mark_delivered(claimed[0].row, 204)
    assert len(again) == queued
    assert set(again) <= set(ids)
    assert again == sorted(again, key=ids.index)


async def test_a_new_endpoint_can_be_sent_what_happened_before_it(webhooks: WebhookStores) -> None:
    await webhooks.endpoint()
    await two_changes(webhooks.db)
    late = await webhooks.endpoint()
    row = await webhooks.endpoints.find("acme", late)
    assert row is not None
    assert (await webhooks.replays.replay(row, ReplayFilter(order="ord_one"))).queued == 2
    # They are queued already.
    assert (await webhooks.replays.replay(row, ReplayFilter(order="ord_one"))).queued == 0


async def test_deliveries_that_ended_long_ago_are_deleted_and_waiting_ones_are_not(
    webhooks: WebhookStores,
) -> None:
    endpoint = await webhooks.endpoint()
    await two_changes(webhooks.db)
    [first] = await webhooks.claim(endpoint)
    await webhooks.deliveries.mark_delivered(first.row, 204)
    webhooks.time.advance(DAY)
    await webhooks.deliveries.prune("acme", webhooks.time.at)
    assert await webhooks.statuses(endpoint) == [("parcel.registered", "queued")]
    assert [event.type for event in await events(webhooks.db)] == ["parcel.registered"]


# Whose they are, and their secrets


async def test_endpoints_belong_to_one_merchant_and_their_number_is_limited(webhooks: WebhookStores) -> None:
    own = await webhooks.endpoint()
    assert await webhooks.endpoints.find("other", own) is None
    assert await webhooks.endpoints.change("other", own, status="paused") is None
    assert await webhooks.endpoints.rotate("other", own, HOUR) is None
    assert not await webhooks.endpoints.delete("other", own)
    created = await asyncio.gather(
        *(webhooks.endpoints.create("acme", URL, ()) for _ in range(MAX_ENDPOINTS))
    )
    assert sum(one is not None for one in created) == MAX_ENDPOINTS - 1
    assert len(await webhooks.endpoints.all("acme")) == MAX_ENDPOINTS
    assert await webhooks.endpoints.create("other", URL, ()) is not None


async def test_secrets_are_sealed_and_old_ones_sign_for_their_time(webhooks: WebhookStores) -> None:
    created = await webhooks.endpoints.create("acme", URL, ())
    assert created is not None
    row, first = created
    assert first.encode() not in row.secrets
    second = await webhooks.endpoints.rotate("acme", row.id, DAY)
    assert await secrets(webhooks, row.id) == (second, first)
    third = await webhooks.endpoints.rotate("acme", row.id, HOUR)
    assert await secrets(webhooks, row.id) == (third, second, first)
    webhooks.time.advance(HOUR)
    assert await secrets(webhooks, row.id) == (third,)
    fourth = await webhooks.endpoints.rotate("acme", row.id, timedelta(0))
    assert await secrets(webhooks, row.id) == (fourth,)


async def secrets(webhooks: WebhookStores, endpoint: str) -> tuple[str, ...]:
    target = await webhooks.endpoints.target(endpoint)
    assert target is not None
    return target.secrets
