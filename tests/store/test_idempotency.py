"""Idempotency keys: of many equal requests at once one is executed, and all get the same answer."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from ports.idempotency import IdempotencyKey, KeyReused, RequestCompleted, RequestInProgress, RequestStarted
from store.engine.database import Database
from store.idempotency import ABANDONED_AFTER, StoreIdempotency
from tests.store.conftest import MASTER, FakeClock

SLOT = IdempotencyKey(merchant="acme", route="POST /v1/orders", object="", key="k")


async def test_of_twenty_equal_keys_at_once_one_begins(db: Database) -> None:
    table = StoreIdempotency(db, MASTER)
    results = await asyncio.gather(*(table.begin(SLOT, "hash") for _ in range(20)))
    assert sorted(type(result).__name__ for result in results) == ["RequestInProgress"] * 19 + [
        "RequestStarted"
    ]
    await table.finish(SLOT, 201, {"body": {"ok": True}, "headers": {}})
    results = await asyncio.gather(*(table.begin(SLOT, "hash") for _ in range(20)))
    assert results == [RequestCompleted(201, {"body": {"ok": True}, "headers": {}})] * 20


async def test_another_body_under_the_same_key_is_refused_after_any_outcome_of_the_first(
    db: Database,
) -> None:
    table = StoreIdempotency(db, MASTER)
    await table.begin(SLOT, "hash")
    assert await table.begin(SLOT, "other") == KeyReused()
    await table.finish(SLOT, 200, None)
    assert await table.begin(SLOT, "other") == KeyReused()
    assert await table.begin(SLOT, "hash") == RequestCompleted(200, None)


async def test_the_same_key_of_another_merchant_route_or_object_is_another_key(db: Database) -> None:
    table = StoreIdempotency(db, MASTER)
    four_keys = [replace(SLOT, **{name: "x"}) for name in ("merchant", "route", "object", "key")]
    for slot in (SLOT, *four_keys):
        assert await table.begin(slot, "hash") == RequestStarted()


async def test_a_freed_key_runs_again_but_a_kept_answer_stays(db: Database) -> None:
    table = StoreIdempotency(db, MASTER)
    await table.begin(SLOT, "hash")
    await table.abandon(SLOT)
    assert await table.begin(SLOT, "hash") == RequestStarted()
    await table.finish(SLOT, 201, "first")
    await table.finish(SLOT, 201, "second")
    await table.abandon(SLOT)
    assert await table.begin(SLOT, "hash") == RequestCompleted(201, "first")


async def test_a_freed_key_still_belongs_to_the_body_it_was_first_used_for(db: Database) -> None:
    table = StoreIdempotency(db, MASTER)
    await table.begin(SLOT, "hash")
    await table.abandon(SLOT)
    assert await table.begin(SLOT, "other") == KeyReused()
    results = await asyncio.gather(*(table.begin(SLOT, "hash") for _ in range(10)))
    assert sorted(type(result).__name__ for result in results) == ["RequestInProgress"] * 9 + [
        "RequestStarted"
    ]
    await table.finish(SLOT, 201, "done")
    assert await table.begin(SLOT, "hash") == RequestCompleted(201, "done")


async def test_a_freed_key_that_is_taken_again_has_its_full_time(db: Database, time: FakeClock) -> None:
    table = StoreIdempotency(db, MASTER, time)
    await table.begin(SLOT, "hash")
    time.advance(ABANDONED_AFTER)
    await table.abandon(SLOT)
    assert await table.begin(SLOT, "hash") == RequestStarted()
    assert await table.begin(SLOT, "hash") == RequestInProgress()
    await table.abandon(SLOT)
    assert await table.prune(SLOT.merchant, time() + timedelta(seconds=1)) == 1
    assert await table.begin(SLOT, "other") == RequestStarted()


async def test_a_slot_left_by_a_crash_is_taken_over_by_exactly_one(db: Database, time: FakeClock) -> None:
    table = StoreIdempotency(db, MASTER, time)
    await table.begin(SLOT, "hash")
    time.advance(ABANDONED_AFTER - timedelta(seconds=1))
    assert await table.begin(SLOT, "hash") == RequestInProgress()
    time.advance(timedelta(seconds=1))
    assert await table.begin(SLOT, "other") == KeyReused()
    results = await asyncio.gather(*(table.begin(SLOT, "hash") for _ in range(10)))
    assert sorted(type(result).__name__ for result in results) == ["RequestInProgress"] * 9 + [
        "RequestStarted"
    ]


async def test_old_answers_are_forgotten(db: Database, time: FakeClock) -> None:
    table = StoreIdempotency(db, MASTER, time)
    await table.begin(SLOT, "hash")
    await table.finish(SLOT, 200, None)
    assert await table.prune(SLOT.merchant, time()) == 0
    assert await table.prune(SLOT.merchant, time() + timedelta(seconds=1)) == 1
    assert await table.begin(SLOT, "hash") == RequestStarted()
