"""The inbox: nothing acknowledged is lost, nothing is worked on by two, and what came early joins later."""

import asyncio
from datetime import timedelta

from domain.journey import JourneyState
from store.database import Database
from store.inbox import LEASE, PARKED_FOR, Inbox
from store.records import JourneyRecords
from store.tables import InboxRow
from tests.builders import a_parcel
from tests.store.conftest import Time


async def one(inbox: Inbox) -> InboxRow:
    [row] = await inbox.claim()
    return row


def number(row: InboxRow) -> int:
    assert row.id is not None
    return row.id


async def test_a_delivery_is_kept_once_and_the_first_body_wins(db: Database) -> None:
    inbox = Inbox(db)
    assert await inbox.accept("acme", "generic", "evt_1", b"first") == "new"
    assert await inbox.accept("acme", "generic", "evt_1", b"first") == "duplicate"
    assert await inbox.accept("acme", "generic", "evt_1", b"second") == "duplicate"
    assert await inbox.accept("acme", "easypost", "evt_1", b"third") == "new"
    assert await inbox.accept("other", "generic", "evt_1", b"fourth") == "new"
    assert [row.body for row in await inbox.claim()] == [b"first", b"third", b"fourth"]


async def test_fifty_equal_deliveries_at_once_are_one(db: Database) -> None:
    answers = await asyncio.gather(*(Inbox(db).accept("acme", "generic", "e", b"x") for _ in range(50)))
    assert sorted(answers) == ["duplicate"] * 49 + ["new"]


async def test_several_workers_never_get_the_same_delivery(db: Database) -> None:
    inbox = Inbox(db)
    for turn in range(30):
        await inbox.accept("acme", "generic", f"evt_{turn}", b"x")
    shares = await asyncio.gather(*(inbox.claim(limit=7) for _ in range(6)))
    claimed = [row.id for share in shares for row in share]
    assert len(claimed) == len(set(claimed)) == 30


async def test_what_a_crashed_worker_held_is_free_after_its_lease(db: Database, time: Time) -> None:
    inbox = Inbox(db, time)
    await inbox.accept("acme", "generic", "evt_1", b"x")
    await one(inbox)
    time.pass_by(LEASE - timedelta(seconds=1))
    assert await inbox.claim() == []
    time.pass_by(timedelta(seconds=2))
    row = await one(inbox)
    assert row.attempts == 2
    await inbox.done(number(row))
    time.pass_by(LEASE * 2)
    assert await inbox.claim() == []
    assert [done.id for done in (await inbox.page("acme", "done", limit=9)).items] == [row.id]


async def test_what_cannot_be_taken_in_now_is_tried_again_ever_more_slowly_and_for_ever(
    db: Database, time: Time
) -> None:
    inbox = Inbox(db, time)
    await inbox.accept("acme", "generic", "evt_1", b"x")
    waits = []
    for _ in range(12):
        row = await one(inbox)
        await inbox.fail(number(row), "temporal_down")
        [row] = (await inbox.page("acme", "received", limit=9)).items
        waits.append((row.not_before - time()).total_seconds())
        time.pass_by(row.not_before - time())
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 300


async def test_a_delivery_for_an_unknown_parcel_joins_when_the_parcel_comes(
    db: Database, records: JourneyRecords, state: JourneyState
) -> None:
    inbox = Inbox(db)
    await inbox.accept("acme", "generic", "evt_1", b"x")
    await inbox.accept("other", "generic", "evt_1", b"x")
    for row in await inbox.claim():
        assert await inbox.park(number(row), ["TRACK1", "TRACK2"])
    assert await inbox.claim() == []
    a_parcel(state)
    await records.commit(state)
    woken = await one(inbox)
    assert woken.merchant == "acme"
    assert await inbox.park(number(woken), ["TRACK2"])  # the other parcel is still unknown
    assert await inbox.claim() == []


async def test_a_parcel_that_came_between_look_up_and_parking_is_not_missed(
    db: Database, records: JourneyRecords, state: JourneyState
) -> None:
    inbox = Inbox(db)
    await inbox.accept("acme", "generic", "evt_1", b"x")
    row = await one(inbox)  # looks the parcel up: not there
    a_parcel(state)
    await records.commit(state)
    assert not await inbox.park(number(row), ["TRACK1"])
    again = await one(inbox)
    # a number that is known but means another shipment is parked, not tried in circles
    assert await inbox.park(number(again), ["TRACK1"])


async def test_what_nobody_claims_in_72_hours_is_dead_but_visible_and_may_be_replayed(
    db: Database, time: Time
) -> None:
    inbox = Inbox(db, time)
    await inbox.accept("acme", "generic", "evt_1", b"x")
    row = await one(inbox)
    await inbox.park(number(row), ["TRACK1"])
    time.pass_by(PARKED_FOR - timedelta(seconds=1))
    assert await inbox.bury_forgotten() == 0
    time.pass_by(timedelta(seconds=1))
    assert await inbox.bury_forgotten() == 1
    [dead] = (await inbox.page("acme", "dead", limit=9)).items
    assert dead.reason == "parcel_unknown"
    assert (await inbox.page("other", "dead", limit=9)).items == []
    assert not await inbox.replay("other", number(dead))
    assert await inbox.replay("acme", number(dead))
    assert (await one(inbox)).id == dead.id


async def test_the_unreadable_and_the_irrelevant_end_with_a_reason(db: Database) -> None:
    inbox = Inbox(db)
    for name in ("a", "b"):
        await inbox.accept("acme", "generic", name, b"x")
    first, second = await inbox.claim()
    await inbox.bury(number(first), "unreadable")
    await inbox.ignored(number(second), "not about parcels")
    assert [row.reason for row in (await inbox.page("acme", "dead", limit=1)).items] == ["unreadable"]
    assert [row.reason for row in (await inbox.page("acme", "ignored", limit=1)).items] == [
        "not about parcels"
    ]
