"""What a commit costs the database: only what changed is read and written, and the lists stay true."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.actors import SYSTEM
from domain.model.attention import AttentionItem
from domain.model.order import Order
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from store.engine.database import Database
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.tables.all import AttentionRow, ParcelRow, ReturnRow
from tests.builders import AGENT, PLACED, a_parcel, a_return, a_scan, a_state, add_question, an_order
from tests.store.conftest import next_version
from tests.store.statements import statements


@pytest.fixture
def state(placed: Order) -> JourneyState:
    """Its journey as it was placed: `committed` writes each next version."""
    return a_state(placed, seq=1)


async def committed(snapshots: SnapshotStore, state: JourneyState) -> None:
    state.base, state.seq = state.seq, state.seq + 1
    assert await snapshots.commit(state) == "committed"
    state.pending_notices, state.audit_log = [], []


async def listed(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    async with db.read() as session:
        return {
            "parcels": sorted(
                (await session.exec(select(ParcelRow.parcel, ParcelRow.tracking_number))).all()
            ),
            "attention": sorted((await session.exec(select(AttentionRow.id, AttentionRow.owner))).all()),
            "returns": sorted(
                (await session.exec(select(ReturnRow.id, ReturnRow.status, ReturnRow.goods))).all()
            ),
        }


async def test_a_scan_is_written_with_five_statements(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    parcel = a_parcel(state)
    await committed(snapshots, state)
    parcel.apply_update([a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(hours=26))], None)
    state.audit(PLACED, SYSTEM, "parcel_scanned", "p1")
    with statements(db) as executed:
        await committed(snapshots, state)
    assert len(executed) <= 5, executed
    assert not [one for one in executed if one.startswith(("DELETE", "INSERT INTO snapshots"))], executed


async def test_facts_for_the_figures_cost_one_statement(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    other = an_order(order="ord_two", order_id="#2")
    with statements(db) as executed:
        assert (await Orders(db).place(other, "hash")).outcome == "new"
        a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, PLACED)])
        a_return(state)
        state.audit(PLACED, AGENT, "return_opened", "ret_1")
        await committed(snapshots, state)
    assert sum("INTO figure_facts" in one for one in executed) == 2, executed
    assert not [one for one in executed if "figure_sums" in one], "no commit waits for a sum"


async def test_returns_are_listed_in_one_statement(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, PLACED)])
    await committed(snapshots, state)
    cases = [a_return(state), a_return(state)]
    with statements(db) as executed:
        await committed(snapshots, state)
    assert sum("INTO returns" in one for one in executed) == 1
    cases[1].decision = "refused"
    await committed(snapshots, state)
    assert [status for _, status, _ in (await listed(db))["returns"]] == ["authorized", "refused"]


async def test_the_attention_list_follows_the_state_through_every_change(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    def attention_item(owner: Any) -> AttentionItem:
        return AttentionItem(
            kind="presumed_lost",
            subject="p1",
            owner=owner,
            opened_at=PLACED,
            deadline=PLACED,
            default="refund",
        )

    await committed(snapshots, state)
    a_parcel(state, "ONE", units={"1": [0]})
    await committed(snapshots, state)
    a_parcel(state, "TWO", units={"1": [1]})
    add_question(state, attention_item("agent"))
    await committed(snapshots, state)
    wanted = {
        "parcels": [("p1", "ONE"), ("p2", "TWO")],
        "attention": [("presumed_lost/p1", "agent")],
        "returns": [],
    }
    assert await listed(db) == wanted
    add_question(state, attention_item("finance"))
    await committed(snapshots, state)
    assert (await listed(db))["attention"] == [("presumed_lost/p1", "finance")]
    state.settle_question("presumed_lost", "p1")
    await committed(snapshots, state)
    assert await listed(db) == {**wanted, "attention": []}


async def test_first_snapshots_of_orders_are_their_own(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    other = a_state(an_order(order="ord_two", order_id="#2"), seq=1)
    assert (await Orders(db).place(other.order, "hash")).outcome == "new"
    for one in (state, other):
        a_parcel(next_version(one))
        assert await snapshots.commit(one) == "committed"
        assert await snapshots.commit(one) == "committed", "the same again"
    assert len((await listed(db))["parcels"]) == 2
