"""The nightly runs: each merchant once a night, and the counts of one night are added up."""

from datetime import timedelta

from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.retention_runs import RetentionRuns

HOUR = timedelta(hours=1)


async def test_a_merchant_is_due_once_a_night_and_its_runs_of_that_night_are_added_up(db: Database) -> None:
    runs, now = RetentionRuns(db), real_now()
    night = now - HOUR
    assert (await runs.due(night), await runs.last("acme")) == (["acme", "other"], None)
    for count in (2, 3):
        await runs.record("acme", now, night, {"messages": count})
    assert await runs.last("acme") == (now, {"messages": 5})
    assert await runs.due(night) == ["other"]
    await runs.record("acme", now + 2 * HOUR, now + HOUR, {"messages": 1})
    assert await runs.last("acme") == (now + 2 * HOUR, {"messages": 1}), "the next night begins anew"
