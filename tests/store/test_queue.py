"""The leased queue: what its three tables have in common. What each of them does is tested with it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from store.engine.database import Database
from store.engine.queue import LeasedQueue, QueueRow, backoff
from store.tables.all import InboxRow, OutboxRow, WebhookDeliveryRow
from tests.store.conftest import FakeClock


def test_the_wait_doubles_with_each_attempt_up_to_the_longest_one() -> None:
    waits = [
        backoff(attempts, timedelta(seconds=20)).total_seconds() for attempts in (1, 2, 3, 4, 5, 6, 9999)
    ]
    assert waits == [2, 4, 8, 16, 20, 20, 20]


@pytest.mark.parametrize("table", [InboxRow, OutboxRow, WebhookDeliveryRow])
async def test_an_empty_queue_gives_no_rows_and_has_no_leases(
    db: Database, time: FakeClock, table: type[QueueRow]
) -> None:
    queue = LeasedQueue(db, table, time)
    assert await queue.claim(select(table).where(queue.is_due())) == []
    await queue.release_leases()
