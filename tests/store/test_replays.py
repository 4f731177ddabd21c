"""Replays of many: only what a filter fits, only of one merchant, a bounded number, and twice has the effect of once."""

from datetime import timedelta

import pytest

from domain.model.state import JourneyState
from store.engine.database import Database
from store.inbox import replays as inbox_replays
from store.inbox.inbox import InboundDelivery, Inbox
from store.inbox.replays import InboxFilter, InboxReplays
from store.notifications import dead_notices
from store.notifications.dead_notices import DeadNotices, NoticeFilter
from store.notifications.outbox import Outbox
from store.orders.snapshots import SnapshotStore
from tests.builders import PLACED
from tests.store.conftest import MASTER, FakeClock
from tests.store.due_deliveries import claim_due

HOUR = timedelta(hours=1)


async def dead(
    inbox: Inbox, *names: str, merchant: str = "acme", source: str = "generic", reason: str = "no"
) -> None:
    for name in names:
        await inbox.accept(InboundDelivery(merchant, source, name, b"x", PLACED))
    for row in await claim_due(inbox):
        assert row.id is not None
        await inbox.dead_letter(row.id, reason)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (InboxFilter(), ["a", "b", "c"]),
        (InboxFilter(source="shopify"), ["b"]),
        (InboxFilter(problem="body.id"), ["c"]),
        (InboxFilter(problem="body_id"), []),
        (InboxFilter(problem="%"), []),
        (InboxFilter(since=PLACED + HOUR), ["c"]),
        (InboxFilter(until=PLACED + HOUR), ["a", "b"]),
        (InboxFilter(status="partly"), []),
        (InboxFilter(status="received"), []),
    ],
)
async def test_a_replay_takes_what_its_filter_fits(
    db: Database, time: FakeClock, wanted: InboxFilter, names: list[str]
) -> None:
    inbox, replays = Inbox(db, MASTER, time), InboxReplays(db, time)
    time.at = PLACED
    await dead(inbox, "a")
    await dead(inbox, "b", source="shopify")
    await dead(inbox, "other", merchant="other")
    time.advance(HOUR)
    await dead(inbox, "c", reason="body.id: missing")
    assert await replays.count("acme", wanted) == len(names)
    assert await replays.replay("acme", wanted) == len(names)
    assert await replays.replay("acme", wanted) == 0, "they are queued already"
    assert [row.delivery_id for row in await claim_due(inbox)] == names


async def test_a_replay_takes_a_bounded_number_the_oldest_first(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_replays, "MAX_REPLAYED", 2)
    inbox, replays = Inbox(db, MASTER), InboxReplays(db)
    await dead(inbox, "a", "b", "c")
    assert (await replays.replay("acme", InboxFilter()), await replays.count("acme", InboxFilter())) == (2, 1)
    assert [row.delivery_id for row in await claim_due(inbox)] == ["a", "b"]


async def test_dead_notices_are_queued_again_by_a_filter(
    db: Database,
    time: FakeClock,
    snapshots: SnapshotStore,
    state: JourneyState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state.notify(PLACED, "one", "delayed", "p1")
    state.notify(PLACED, "two", "parcel_lost", "p1")
    await snapshots.commit(state)
    time.advance(HOUR)
    outbox = Outbox(db, time)
    found = DeadNotices(db, outbox)
    for row in await outbox.claim():
        await outbox.dead_letter(
            row, "RenderError" if row.kind == "delayed" else "no channel reaches the customer"
        )
    assert await found.count("acme", NoticeFilter()) == 2
    assert await found.count("other", NoticeFilter()) == 0
    assert [
        row.kind for row in (await found.page("acme", NoticeFilter(problem="Render"), limit=9)).items
    ] == ["delayed"]
    assert await found.replay("acme", NoticeFilter(kind="delayed")) == 1
    assert await found.replay("acme", NoticeFilter(kind="delayed")) == 0
    monkeypatch.setattr(dead_notices, "MAX_REPLAYED", 0)
    assert await found.replay("acme", NoticeFilter()) == 0
    assert [row.kind for row in await outbox.claim()] == ["delayed"]


@pytest.mark.parametrize("row_id", [-1, 0, 2**31 - 1, 2**31, 10**18 - 1, 2**63])
async def test_a_number_that_no_row_can_have_is_one_of_no_row(db: Database, row_id: int) -> None:
    assert not await Inbox(db, MASTER).replay("acme", row_id)
    assert not await Outbox(db).replay("acme", row_id)
