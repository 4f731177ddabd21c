"""The inbox: no acknowledged delivery is lost or processed by two workers, and an early one joins its parcel later."""

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.actors import Actor, Role
from domain.model.state import JourneyState
from store.audit import AuditLog
from store.engine.database import Database
from store.engine.queue import LEASE
from store.inbox.inbox import APPLIED, NOT_APPLIED, Ending, InboundDelivery, Inbox
from store.inbox.parking import MAX_PARKED
from store.inbox.tracking_numbers import ParcelLookup
from store.merchants.clock import Clocks
from store.orders.attention import AttentionList
from store.orders.snapshots import SnapshotStore
from store.privacy.encryption import Tampered
from store.tables.all import InboxRow
from tests.builders import PLACED, a_parcel
from tests.keys import deployment_keys
from tests.store.conftest import MASTER, FakeClock
from tests.store.due_deliveries import claim_due
from tests.store.statements import statements


async def one(inbox: Inbox) -> InboxRow:
    [row] = await claim_due(inbox)
    return row


def number(row: InboxRow) -> int:
    assert row.id is not None
    return row.id


async def stored(db: Database, row: InboxRow) -> InboxRow:
    """The row with its body, which lists leave out."""
    async with db.read() as session:
        return await session.get_one(InboxRow, row.id)


async def test_a_delivery_is_kept_once_and_the_first_body_wins(db: Database) -> None:
    inbox = Inbox(db, MASTER)
    assert await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"first", PLACED)) == "new"
    assert await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"first", PLACED)) == "duplicate"
    assert await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"second", PLACED)) == "duplicate"
    assert await inbox.accept(InboundDelivery("acme", "easypost", "evt_1", b"third", PLACED)) == "new"
    assert await inbox.accept(InboundDelivery("other", "generic", "evt_1", b"fourth", PLACED)) == "new"
    assert [inbox.delivery_of(row).body for row in await claim_due(inbox)] == [b"first", b"third", b"fourth"]


async def test_fifty_equal_deliveries_at_once_are_one(db: Database) -> None:
    answers = await asyncio.gather(
        *(Inbox(db, MASTER).accept(InboundDelivery("acme", "generic", "e", b"x", PLACED)) for _ in range(50))
    )
    assert sorted(answers) == ["duplicate"] * 49 + ["new"]


async def test_several_workers_never_get_the_same_delivery(db: Database) -> None:
    inbox = Inbox(db, MASTER)
    for turn in range(30):
        await inbox.accept(InboundDelivery("acme", "generic", f"evt_{turn}", b"x", PLACED))
    shares = await asyncio.gather(*(inbox.claim("acme", limit=7) for _ in range(6)))
    claimed = [row.id for share in shares for row in share]
    assert len(claimed) == len(set(claimed)) == 30


async def test_merchants_with_something_due_are_named_once_however_much_waits(db: Database) -> None:
    now = FakeClock()
    inbox = Inbox(db, MASTER, now)
    for merchant, count in (("zeta", 1), ("acme", 30), ("", 1), ("beta", 2)):
        for turn in range(count):
            await inbox.accept(InboundDelivery(merchant, "generic", f"evt_{turn}", b"x", PLACED))
    assert await inbox.due_merchants() == ["", "acme", "beta", "zeta"]
    [relay] = await inbox.claim("")
    for row in (relay, *await inbox.claim("beta")):
        await inbox.mark_done(number(row))
    [leased] = await inbox.claim("zeta")
    assert await inbox.due_merchants() == ["acme"]
    await inbox.retry_later(number(leased), "temporal does not answer")
    assert await inbox.due_merchants() == ["acme"]
    now.advance(timedelta(minutes=10))
    assert await inbox.due_merchants() == ["acme", "zeta"], "its next attempt is due"


async def test_rows_leased_by_a_crashed_worker_are_free_after_the_lease(
    db: Database, time: FakeClock
) -> None:
    inbox = Inbox(db, MASTER, time)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    await one(inbox)
    time.advance(LEASE - timedelta(seconds=1))
    assert await claim_due(inbox) == []
    time.advance(timedelta(seconds=2))
    row = await one(inbox)
    assert row.attempts == 2
    await inbox.mark_done(number(row))
    time.advance(LEASE * 2)
    assert await claim_due(inbox) == []
    assert [done.id for done in (await inbox.page("acme", "done", limit=9)).items] == [row.id]


async def test_a_delivery_that_cannot_be_processed_is_retried_with_growing_waits_without_end(
    db: Database, time: FakeClock
) -> None:
    inbox = Inbox(db, MASTER, time)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    waits = []
    for _ in range(12):
        row = await one(inbox)
        await inbox.retry_later(number(row), "temporal_down")
        [row] = (await inbox.page("acme", "received", limit=9)).items
        waits.append((row.not_before - time()).total_seconds())
        time.advance(row.not_before - time())
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 300


async def test_a_delivery_for_an_unknown_parcel_joins_when_the_parcel_comes(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    inbox = Inbox(db, MASTER)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    await inbox.accept(InboundDelivery("other", "generic", "evt_1", b"x", PLACED))
    for row in await claim_due(inbox):
        assert await inbox.park(number(row), [ParcelLookup("TRACK1"), ParcelLookup("TRACK2")])
    assert await claim_due(inbox) == []
    a_parcel(state)
    await snapshots.commit(state)
    woken = await one(inbox)
    assert woken.merchant == "acme"
    assert await inbox.park(number(woken), [ParcelLookup("TRACK2")])  # the other parcel is still unknown
    assert await claim_due(inbox) == []


async def test_a_parcel_that_came_between_look_up_and_parking_is_not_missed(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    inbox = Inbox(db, MASTER)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    row = await one(inbox)  # looks the parcel up: not there
    a_parcel(state)
    await snapshots.commit(state)
    assert not await inbox.park(number(row), [ParcelLookup("track1", "United Parcel Service")])
    assert (await one(inbox)).id == row.id


async def test_a_parcel_from_a_process_whose_clock_is_behind_is_not_missed(
    db: Database, time: FakeClock, snapshots: SnapshotStore, state: JourneyState
) -> None:
    time.advance(timedelta(hours=1))
    inbox = Inbox(db, MASTER, time)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    row = await one(inbox)
    a_parcel(state)
    await snapshots.commit(state)
    assert not await inbox.park(number(row), [ParcelLookup("TRACK1")])
    assert (await one(inbox)).id == row.id


async def test_a_delivery_keeps_its_receive_time(db: Database) -> None:
    inbox = Inbox(db, MASTER)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED + timedelta(days=1)))
    assert (await one(inbox)).business_received_at == PLACED


async def test_a_worker_knows_when_its_time_with_a_delivery_is_over(db: Database, time: FakeClock) -> None:
    inbox = Inbox(db, MASTER, time)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    row = await one(inbox)
    time.advance(LEASE - timedelta(seconds=1))
    assert inbox.holds_lease(row)
    time.advance(timedelta(seconds=1))
    assert not inbox.holds_lease(row)


async def test_a_message_for_an_unknown_parcel_is_dead_after_72_hours_but_visible_and_may_be_replayed(
    db: Database, time: FakeClock
) -> None:
    inbox = Inbox(db, MASTER, time)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"x", PLACED))
    row = await one(inbox)
    await inbox.park(number(row), [ParcelLookup("TRACK1")])
    time.advance(MAX_PARKED - timedelta(seconds=1))
    assert await inbox.dead_letter_parked() == 0
    time.advance(timedelta(seconds=1))
    assert await inbox.dead_letter_parked() == 1
    [dead] = (await inbox.page("acme", "dead", limit=9)).items
    assert dead.reason == "parcel_unknown"
    assert (await inbox.page("other", "dead", limit=9)).items == []
    assert not await inbox.replay("other", number(dead))
    assert await inbox.replay("acme", number(dead))
    assert (await one(inbox)).id == dead.id


async def test_the_unreadable_and_the_irrelevant_end_with_a_reason(db: Database) -> None:
    inbox = Inbox(db, MASTER)
    for name in ("a", "b"):
        await inbox.accept(InboundDelivery("acme", "generic", name, b"x", PLACED))
    first, second = await claim_due(inbox)
    await inbox.dead_letter(number(first), "unreadable")
    await inbox.mark_ignored(number(second), "not about parcels", keep_body=False)
    assert [row.reason for row in (await inbox.page("acme", "dead", limit=1)).items] == ["unreadable"]
    [ignored] = (await inbox.page("acme", "ignored", limit=1)).items
    assert (ignored.reason, ignored.size) == ("not about parcels", 1)
    assert (await stored(db, ignored)).body == b""
    assert not await inbox.replay("acme", number(ignored)), "nothing of it is kept"


async def test_a_delivery_that_ends_at_once_is_not_claimed_and_only_a_dead_one_keeps_its_body(
    db: Database,
) -> None:
    inbox = Inbox(db, MASTER)
    endings = (Ending("done"), Ending("ignored", "why"), Ending("dead", "why"))
    for ending in endings:
        delivery = InboundDelivery("acme", "generic", ending.status, b"names a person", PLACED)
        assert await inbox.accept(delivery, ending) == "new"
        assert await inbox.accept(delivery) == "duplicate"
    assert await claim_due(inbox) == []
    pages = [await inbox.page("acme", ending.status, limit=9) for ending in endings]
    kept = [row for page in pages for row in page.items]
    assert [(row.status, row.size) for row in kept] == [("done", 14), ("ignored", 14), ("dead", 14)]
    bodies = [await stored(db, row) for row in kept]
    assert [bool(row.body) for row in bodies] == [False, False, True]
    assert inbox.delivery_of(bodies[2]).body == b"names a person"
    assert len({row.body_hash for row in kept}) == 1


async def test_bodies_are_emptied_once_and_a_copy_is_still_a_duplicate(db: Database, time: FakeClock) -> None:
    inbox = Inbox(db, MASTER, time)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"names a person", PLACED))
    await inbox.mark_done(number(await one(inbox)))
    time.advance(timedelta(days=61))
    await inbox.accept(InboundDelivery("acme", "generic", "evt_2", b"not done", PLACED))
    time.advance(timedelta(days=61))
    assert [await inbox.purge_bodies("acme", APPLIED, time.at) for _ in range(2)] == [1, 0]
    [done] = (await inbox.page("acme", "done", limit=9)).items
    assert (await stored(db, done)).body == b""
    [waiting] = (await inbox.page("acme", "received", limit=9)).items
    assert inbox.delivery_of(await stored(db, waiting)).body == b"not done"
    assert (
        await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"names a person", PLACED))
        == "duplicate"
    )


async def test_bodies_of_dead_deliveries_are_emptied_after_their_own_time(
    db: Database, time: FakeClock
) -> None:
    inbox = Inbox(db, MASTER, time)
    await inbox.accept(InboundDelivery("acme", "generic", "evt_1", b"names a person", PLACED))
    await inbox.dead_letter(number(await one(inbox)), "unreadable")
    time.advance(timedelta(days=89))
    assert await inbox.purge_bodies("acme", APPLIED, time.at) == 0, "it may still be replayed"
    assert await inbox.purge_bodies("other", NOT_APPLIED, time.at) == 0, "it is another merchant's"
    assert await inbox.purge_bodies("acme", NOT_APPLIED, time.at) == 1
    [dead] = (await inbox.page("acme", "dead", limit=9)).items
    assert ((await stored(db, dead)).body, dead.reason) == (b"", "unreadable")
    assert not await inbox.replay("acme", number(dead)), "there is nothing left to try"


async def unknown(
    db: Database, merchant: str, now: datetime, limit: int = 9
) -> list[tuple[str | None, str | None]]:
    found = await AttentionList(db).page(merchant, now, limit=limit)
    return [(one.row.tracking_number, one.row.carrier) for one in found.items]


async def test_a_number_that_no_parcel_has_for_an_hour_is_a_question_to_a_person(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    inbox = Inbox(db, MASTER)
    for merchant in ("acme", "other"):
        await inbox.accept(InboundDelivery(merchant, "generic", "evt_1", b"x", PLACED))
    for row in await claim_due(inbox):
        await inbox.park(
            number(row), [ParcelLookup("track-1 ", "UPS"), ParcelLookup("TRACK 2 OF TWO", "dhl")]
        )
    assert await unknown(db, "acme", PLACED + timedelta(minutes=59)) == []
    both = [("TRACK 2 OF TWO", "dhl"), ("track-1 ", "UPS")]
    assert sorted(await unknown(db, "acme", PLACED + timedelta(hours=1)), key=str) == sorted(both, key=str)
    a_parcel(state, tracking_number="track-1")
    await snapshots.commit(state)
    assert await unknown(db, "acme", PLACED + timedelta(hours=1)) == [("TRACK 2 OF TWO", "dhl")]
    assert (await one(inbox)).merchant == "acme"


async def test_a_message_about_hundreds_of_unknown_parcels_costs_as_many_statements_as_about_one(
    db: Database,
) -> None:
    inbox, costs = Inbox(db, MASTER), []
    for name, count in (("one", 1), ("many", 500)):
        await inbox.accept(InboundDelivery("acme", "generic", name, b"x", PLACED))
        row = await one(inbox)
        with statements(db) as executed:
            lookups = {ParcelLookup(f"{name} TRACK {at:03}", "UPS") for at in range(count)}
            assert await inbox.park(number(row), lookups)
        costs.append(len(executed))
        assert (
            len(await unknown(db, "acme", PLACED + timedelta(hours=1), limit=600)) == 1 + (count > 1) * count
        )
    assert costs[0] == costs[1] < 10


async def test_a_person_may_dismiss_a_number_and_its_deliveries_are_dead_and_replayable(db: Database) -> None:
    inbox, agent = Inbox(db, MASTER), Actor(role=Role.AGENT, name="ann")
    lookups = [ParcelLookup("TRACKONE1", "UPS"), ParcelLookup("TRACKTWO2", "UPS")]
    for name, awaited in (("one", lookups[:1]), ("both", lookups)):
        await inbox.accept(InboundDelivery("acme", "generic", name, b"x", PLACED))
        await inbox.park(number(await one(inbox)), awaited)
    assert await inbox.dismiss_unknown_parcel("other", "trackone1", agent, "not_ours") is None
    assert await inbox.dismiss_unknown_parcel("acme", "track one 1", agent, "not_ours") == 1
    assert await inbox.dismiss_unknown_parcel("acme", "trackone1", agent, "not_ours") is None
    [dead] = (await inbox.page("acme", "dead", limit=9)).items
    assert (dead.delivery_id, dead.reason) == ("one", "parcel_unknown: dismissed")
    assert await unknown(db, "acme", PLACED + timedelta(hours=1)) == [("TRACKTWO2", "UPS")]
    [line] = (await AuditLog(db).page("acme", limit=9)).items
    assert (line.action, line.subject, line.name) == ("unknown_parcel_dismissed", "TRACKONE1", "ann")
    assert await inbox.replay("acme", number(dead))


async def test_the_end_of_the_wait_closes_the_question_and_a_parcel_that_comes_later_wakes_what_is_dead(
    db: Database, time: FakeClock, snapshots: SnapshotStore, state: JourneyState
) -> None:
    inbox = Inbox(db, MASTER, time)
    for name in ("real time", "sandbox clock"):
        await inbox.accept(InboundDelivery("acme", "generic", name, b"x", PLACED))
        await inbox.park(number(await one(inbox)), [ParcelLookup("TRACK1", "UPS")])
        if name == "real time":
            time.advance(MAX_PARKED)
            assert await inbox.dead_letter_parked() == 1
        else:
            await Clocks(db).set("acme", PLACED + MAX_PARKED)
        assert await unknown(db, "acme", PLACED + MAX_PARKED) == []
    dead = (await inbox.page("acme", "dead", limit=9)).items
    assert [(row.delivery_id, row.reason) for row in dead] == [
        ("real time", "parcel_unknown"),
        ("sandbox clock", "parcel_unknown"),
    ]
    a_parcel(state)
    await snapshots.commit(state)
    assert [row.delivery_id for row in await claim_due(inbox)] == ["real time", "sandbox clock"]


async def test_a_body_is_encrypted_for_its_merchant_and_delivery(db: Database) -> None:
    inbox = Inbox(db, MASTER)
    for merchant, name in (("acme", "one"), ("acme", "two"), ("other", "one")):
        await inbox.accept(InboundDelivery(merchant, "generic", name, b"names a person", PLACED))
    await inbox.accept(InboundDelivery("acme", "generic", "empty", b"", PLACED))
    one_, two, empty, others = await claim_due(inbox)
    assert all(b"person" not in row.body for row in (one_, two, others))
    assert len({row.body for row in (one_, two, others)}) == 3
    assert inbox.delivery_of(empty).body == b""
    assert empty.body, "an empty body is kept too"
    for row, body in ((one_, two.body), (one_, others.body), (two, two.body[:-1] + b"x"), (two, b"")):
        with pytest.raises(Tampered):
            inbox.delivery_of(row.model_copy(update={"body": body}))
    with pytest.raises(Tampered):
        Inbox(db, deployment_keys(b"another master key, of 32 bytes or more")).delivery_of(one_)
