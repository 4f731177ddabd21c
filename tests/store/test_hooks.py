"""Outgoing webhooks in the store: written with the change, sent in line, never lost and never twice at once."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.attention import Attention
from domain.events import changes
from domain.hooks import KEPT_WHILE_PAUSED, MOST_ENDPOINTS
from domain.journey import JourneyState
from domain.notices import Notice
from domain.views import order_view
from store.audit import Audit
from store.columns import real_now
from store.database import Database
from store.hook_deliveries import LEASE, Claimed, HookDeliveries
from store.hook_endpoints import HookEndpoints
from store.hook_events import owe
from store.hook_lists import HookLists, Wanted
from store.orders import Orders
from store.outbox import Outbox
from store.records import JourneyRecords
from store.tables import HookEventRow
from tests.builders import PLACED, a_parcel, a_state, an_order
from tests.store.conftest import MASTER, Time

URL = "https://shop.example/hooks"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Hooks:
    """Endpoints, deliveries and lists on one database and one clock."""

    def __init__(self, db: Database, time: Time) -> None:
        self.db, self.time = db, time
        self.endpoints = HookEndpoints(db, MASTER, time)
        self.deliveries, self.lists = HookDeliveries(db, time), HookLists(db, time)

    async def endpoint(self, *events: str, merchant: str = "acme") -> str:
        made = await self.endpoints.create(merchant, URL, events)
        assert made is not None
        return made[0].id

    async def claim(self, endpoint: str, limit: int = 10) -> list[Claimed]:
        self.time.at = max(self.time.at, real_now()) + timedelta(seconds=1)  # what was just written is due
        return await self.deliveries.claim(endpoint, limit)

    async def standing(self, endpoint: str) -> list[tuple[str, str]]:
        page = await self.lists.page(endpoint, limit=100)
        return [(one.event.type, one.row.status) for one in reversed(page.items)]


@pytest.fixture
def hooks(db: Database, time: Time) -> Hooks:
    return Hooks(db, time)


async def commit(records: JourneyRecords, state: JourneyState) -> None:
    state.seq += 1
    assert await records.commit(state) == "committed"
    state.base, state.outgoing, state.journal = state.seq, [], []


async def two_changes(records: JourneyRecords, state: JourneyState) -> None:
    """The order is placed, then a parcel registered."""
    state.seq = 0
    await commit(records, state)
    a_parcel(state)
    await commit(records, state)


async def events(db: Database) -> list[HookEventRow]:
    async with db.read() as session:
        return [*(await session.exec(select(HookEventRow).order_by(HookEventRow.id))).all()]  # type: ignore[arg-type]


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


# How endpoints end


async def test_only_failing_for_a_day_pauses_an_endpoint_and_says_so(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    ends = []
    for _ in range(20):
        [claimed] = await hooks.claim(endpoint)
        ends.append(await hooks.deliveries.again(claimed.row, 500, "status_500", 2 * HOUR))
        hooks.time.pass_by(2 * HOUR)
    assert ends == ["queued"] * 19 + ["paused"]
    row = await hooks.endpoints.find("acme", endpoint)
    assert row is not None
    assert (row.status, row.reason, row.failures) == ("paused", "failing", 20)
    assert await hooks.deliveries.due() == []
    lines = (await Audit(hooks.db).page("acme", limit=50)).items
    [line] = [line for line in lines if line.what == "webhook_endpoint_paused"]
    assert (line.role, line.subject, json.loads(line.facts)["failures"]) == ("system", endpoint, 20)
    row = await hooks.endpoints.change("acme", endpoint, status="active")
    assert row is not None
    assert (row.failures, row.failing_since) == (0, None)
    assert len(await hooks.claim(endpoint)) == 1


async def test_one_success_forgets_all_failures(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.again(first.row, None, "timeout", HOUR)
    hooks.time.pass_by(DAY)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.delivered(first.row, 200)
    row = await hooks.endpoints.find("acme", endpoint)
    assert row is not None
    assert (row.failures, row.failing_since) == (0, None)


async def test_an_endpoint_that_is_gone_is_told_nothing_more_and_can_come_back(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.gone(first.row)
    assert {status for _, status in await hooks.standing(endpoint)} == {"dead"}
    a_question(state)
    await commit(records, state)
    assert len(await hooks.standing(endpoint)) == 2
    row = await hooks.endpoints.change("acme", endpoint, status="active")
    assert row is not None
    assert (await hooks.lists.replay(row, Wanted(dead=True))).queued == 2
    assert len(await hooks.claim(endpoint)) == 1


async def test_a_dead_letter_stands_in_the_audit_and_in_the_backlog(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.bury(first.row, 500, "status_500")
    backlog = await hooks.deliveries.backlog()
    assert (backlog.count, backlog.dead, backlog.oldest is not None) == (1, 1, True)
    [line] = [
        one for one in (await Audit(hooks.db).page("acme", limit=50)).items if one.what == "webhook_dead"
    ]
    assert (line.subject, json.loads(line.facts)["endpoint"]) == (first.event.event, endpoint)
    waiting = (await hooks.lists.waiting([endpoint]))[endpoint]
    assert (waiting.queued, waiting.dead) == (1, 1)


async def test_an_endpoint_is_deleted_only_when_nobody_is_writing_to_it(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    told = changes(None, order_view(state, PLACED))
    async with hooks.db.write() as session:
        await owe(session, "acme", told)
        deleting = asyncio.create_task(hooks.endpoints.delete("acme", endpoint))
        done, _ = await asyncio.wait({deleting}, timeout=0.5)
        assert done == set()
    assert await deleting
    assert await hooks.standing(endpoint) == []
    assert not await hooks.endpoints.delete("acme", endpoint)


# Sent again, and forgotten


@pytest.mark.parametrize(
    ("wanted", "queued"),
    [
        ({"order": "ord_one"}, 2),
        ({"order": "ord_other"}, 0),
        ({"types": ("parcel.registered",)}, 1),
        ({"about": "p1"}, 1),
        ({"since": DAY}, 0),
        ({"until": DAY}, 2),
        ({"since": -DAY, "types": ("order.placed",)}, 1),
        ({"dead": True}, 0),
    ],
)
async def test_events_are_sent_again_by_time_object_and_type(
    hooks: Hooks, records: JourneyRecords, state: JourneyState, wanted: dict[str, Any], queued: int
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    ids = []
    while claimed := await hooks.claim(endpoint):
        ids.append(claimed[0].event.event)
        await hooks.deliveries.delivered(claimed[0].row, 204)
    row = await hooks.endpoints.find("acme", endpoint)
    assert row is not None
    start = hooks.time.at
    given: dict[str, Any] = {
        name: start + value if isinstance(value, timedelta) else value for name, value in wanted.items()
    }
    assert (await hooks.lists.replay(row, Wanted(**given))).queued == queued
    again = []
    while claimed := await hooks.claim(endpoint):
        again.append(claimed[0].event.event)
        await hooks.deliveries.delivered(claimed[0].row, 204)
    assert len(again) == queued
    assert set(again) <= set(ids)
    assert again == sorted(again, key=ids.index)


async def test_a_new_endpoint_can_be_sent_what_happened_before_it(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    await hooks.endpoint()
    await two_changes(records, state)
    late = await hooks.endpoint()
    row = await hooks.endpoints.find("acme", late)
    assert row is not None
    assert (await hooks.lists.replay(row, Wanted(order="ord_one"))).queued == 2
    assert (await hooks.lists.replay(row, Wanted(order="ord_one"))).queued == 0  # they wait already


async def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(
    hooks: Hooks, records: JourneyRecords, state: JourneyState
) -> None:
    endpoint = await hooks.endpoint()
    await two_changes(records, state)
    [first] = await hooks.claim(endpoint)
    await hooks.deliveries.delivered(first.row, 204)
    hooks.time.pass_by(DAY)
    await hooks.deliveries.forget(hooks.time.at)
    assert await hooks.standing(endpoint) == [("parcel.registered", "queued")]
    assert [event.type for event in await events(hooks.db)] == ["parcel.registered"]


# Whose they are, and their secrets


async def test_endpoints_are_their_merchant_s_only_and_so_many_at_most(hooks: Hooks) -> None:
    mine = await hooks.endpoint()
    assert await hooks.endpoints.find("other", mine) is None
    assert await hooks.endpoints.change("other", mine, status="paused") is None
    assert await hooks.endpoints.rotate("other", mine, HOUR) is None
    assert not await hooks.endpoints.delete("other", mine)
    made = await asyncio.gather(*(hooks.endpoints.create("acme", URL, ()) for _ in range(MOST_ENDPOINTS)))
    assert sum(one is not None for one in made) == MOST_ENDPOINTS - 1
    assert len(await hooks.endpoints.all("acme")) == MOST_ENDPOINTS
    assert await hooks.endpoints.create("other", URL, ()) is not None


async def test_secrets_are_sealed_and_old_ones_sign_for_their_time(hooks: Hooks) -> None:
    made = await hooks.endpoints.create("acme", URL, ())
    assert made is not None
    row, first = made
    assert first.encode() not in row.secrets
    second = await hooks.endpoints.rotate("acme", row.id, DAY)
    assert await secrets(hooks, row.id) == (second, first)
    third = await hooks.endpoints.rotate("acme", row.id, HOUR)
    assert await secrets(hooks, row.id) == (third, second, first)
    hooks.time.pass_by(HOUR)
    assert await secrets(hooks, row.id) == (third,)
    fourth = await hooks.endpoints.rotate("acme", row.id, timedelta(0))
    assert await secrets(hooks, row.id) == (fourth,)


async def secrets(hooks: Hooks, endpoint: str) -> tuple[str, ...]:
    target = await hooks.endpoints.target(endpoint)
    assert target is not None
    return target.secrets


def a_question(state: JourneyState) -> None:
    state.ask_for_attention(
        Attention(
            kind="presumed_lost",
            subject="p1",
            owner="agent",
            since=PLACED,
            deadline=PLACED,
            default="pay_back",
        )
    )
