"""The version of an order: found by either id, never another merchant's, and a new one after every commit."""

from datetime import timedelta

from domain.model.order import Order
from domain.model.state import JourneyState
from store.engine.database import Database
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.orders.versions import OrderVersions, SnapshotVersion
from tests.builders import PLACED, an_order


async def test_an_order_has_a_version_from_its_first_snapshot_on(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    standings, order = OrderVersions(db), state.order
    first = await standings.find("acme", order.order_id)
    assert first is not None
    assert (first.order, first.version.seq, first.version.as_of) == (order.order, 1, PLACED)
    assert await standings.find("acme", order.order) == first
    assert await standings.find("other", order.order_id) is None
    assert await standings.find("other", order.order) is None
    assert await standings.find("acme", "nobodys") is None


async def test_every_commit_makes_another_version_and_a_repeated_one_does_not(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    versions: set[SnapshotVersion] = set()
    for seq in (2, 3, 4):
        state.base, state.seq = seq - 1, seq
        state.clock = PLACED + timedelta(hours=seq)
        for _ in range(2):
            assert await snapshots.commit(state) == "committed"
            version = await OrderVersions(db).find("acme", state.order.order)
            assert version is not None
            versions.add(version.version)
    assert len(versions) == 3


async def test_the_merchants_own_name_goes_before_ours(db: Database, placed: Order) -> None:
    """A merchant may give an order the id that we gave another of its orders."""
    confusing = an_order(order="ord_two", order_id=placed.order)
    await Orders(db).place(confusing, "hash")
    for name in (placed.order, placed.order_id):
        row, version = await Orders(db).find("acme", name), await OrderVersions(db).find("acme", name)
        assert row is not None
        assert version is not None
        assert version.order == row.id
    named = await OrderVersions(db).find("acme", placed.order)
    assert named is not None
    assert named.order == "ord_two"
