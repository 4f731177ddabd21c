"""Orders: placed once, found by their own merchant only, and listed for the sandbox clock."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import func, select

from domain.actors import Actor, Role
from domain.model.order import Order
from domain.model.return_case import DropOff
from domain.model.state import JourneyState
from domain.payments import refund_plan
from domain.returns.rules import PlanReturn
from store.audit import AuditLine, AuditLog
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.paging import BadCursor
from store.orders.named_orders import FoundOrder, NamedOrders
from store.orders.orders import BesideOrder, Orders
from store.orders.schedule import OrderSchedule
from store.orders.search import OrderFilters, OrderIndex
from store.orders.snapshots import SnapshotStore
from store.tables.all import LedgerEntry
from tests.builders import PLACED, a_delivered_state, a_return, a_state, an_order
from tests.store.conftest import next_version


async def captures(db: Database, order: str) -> int:
    async with db.read() as session:
        query = select(func.count()).select_from(LedgerEntry).where(LedgerEntry.order == order)
        return (await session.exec(query)).one()


async def test_an_order_is_placed_once_with_its_captured_money(db: Database) -> None:
    orders = Orders(db)
    assert (await orders.place(an_order(), "hash")).outcome == "new"
    again = await orders.place(an_order(order="ord_two"), "hash")
    assert (again.outcome, again.order) == ("duplicate", "ord_one")
    other = await orders.place(an_order(order="ord_two"), "another hash")
    assert (other.outcome, other.order) == ("conflict", "ord_one")
    assert await captures(db, "ord_one") > 0
    assert await captures(db, "ord_two") == 0


async def test_what_is_to_be_known_of_an_order_is_in_the_audit_once_and_with_it(db: Database) -> None:
    line = AuditLine(Actor(role=Role.STOREFRONT, name="k"), "zone_guessed", PLACED, order="ord_one")
    for _ in range(2):
        await Orders(db).place(an_order(), "hash", BesideOrder(audit=line))
    assert [row.action for row in await AuditLog(db).newest("acme", "ord_one", 5)] == [
        "zone_guessed",
        "placed",
    ]


async def test_the_same_order_placed_by_twenty_callers_at_once_is_one_order(db: Database) -> None:
    calls = (Orders(db).place(an_order(order=f"ord_{turn}"), "hash") for turn in range(20))
    placed = await asyncio.gather(*calls)
    assert sorted(one.outcome for one in placed) == ["duplicate"] * 19 + ["new"]
    assert len({one.order for one in placed}) == 1


async def test_an_order_of_an_unknown_merchant_is_not_written(db: Database) -> None:
    with pytest.raises(LookupError):
        await Orders(db).place(an_order(merchant="nobody"), "hash")
    assert await Orders(db).find("nobody", "#1001") is None


async def test_merchants_find_their_own_orders_only(db: Database) -> None:
    orders, names = Orders(db), NamedOrders(db)
    await orders.place(an_order(), "hash")
    await orders.place(an_order(merchant="other", order="ord_other"), "hash")
    for name in ("#1001", "ord_one"):
        found = await orders.find("acme", name)
        assert found is not None
        assert found.id == "ord_one"
        assert Order.model_validate_json(found.body) == an_order()
        assert await names.find("acme", name) == FoundOrder("acme", "ord_one", "#1001", found.customer)
    assert await names.find_by_id("acme", "ord_one") == await names.find("acme", "#1001")
    assert await names.find_by_id("acme", "#1001") is None
    assert await names.find_by_id("other", "ord_one") is None
    assert await orders.find("other", "ord_one") is None
    assert await orders.find("acme", "ord_other") is None
    assert await orders.find("acme", "#1002") is None
    assert [row.id for row in (await OrderIndex(db).page("other", OrderFilters(), limit=10)).items] == [
        "ord_other"
    ]


async def test_a_merchants_order_id_in_our_format_is_still_the_merchants(db: Database) -> None:
    orders = Orders(db)
    await orders.place(an_order(), "hash")
    await orders.place(an_order(order="ord_two", order_id="ord_one"), "hash")
    for row in (await orders.find("acme", "ord_one"), await NamedOrders(db).find("acme", "ord_one")):
        assert row is not None
        assert row.id == "ord_two"


async def test_pages_show_every_order_once_newest_first_while_others_come_in(db: Database) -> None:
    orders, search = Orders(db), OrderIndex(db)
    for turn in range(7):
        await orders.place(an_order(order=f"ord_{turn}", order_id=str(turn)), "hash")
    listed, cursor = [], None
    for extra in range(100, 110):
        page = await search.page("acme", OrderFilters(), limit=3, cursor=cursor)
        listed += [row.order_id for row in page.items]
        await orders.place(an_order(order=f"ord_{extra}", order_id=str(extra)), "hash")
        cursor = page.next
        if cursor is None:
            break
    assert listed == ["6", "5", "4", "3", "2", "1", "0"]
    assert (await search.page("acme", OrderFilters(stage="closed"), limit=3)).items == []
    assert len((await search.page("acme", OrderFilters(customer="cus_ada"), limit=99)).items) > 7


@pytest.mark.parametrize("cursor", ["x", "WzFd", "bnVsbA", "WyJ5ZXN0ZXJkYXkiLCAiMSJd", "é"])
async def test_a_cursor_that_is_not_ours_is_refused(db: Database, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await OrderIndex(db).page("acme", OrderFilters(), limit=3, cursor=cursor)


async def test_housekeeping_finds_what_was_placed_and_never_started(db: Database) -> None:
    orders = Orders(db)
    await orders.place(an_order(), "hash")
    soon = real_now() + timedelta(seconds=1)
    assert [row.id for row in await OrderSchedule(db).unstarted(soon)] == ["ord_one"]
    assert await OrderSchedule(db).unstarted(soon - timedelta(minutes=1)) == []


async def test_the_first_commit_of_a_journey_takes_its_order_off_the_housekeeping_list(
    db: Database, snapshots: SnapshotStore
) -> None:
    await Orders(db).place(an_order(), "hash")
    state = next_version(await snapshots.load("acme", "ord_one"))
    assert await snapshots.commit(state) == "committed"
    assert await OrderSchedule(db).unstarted(real_now() + timedelta(seconds=1)) == []


async def test_a_clock_is_moved_from_deadline_to_deadline(db: Database, snapshots: SnapshotStore) -> None:
    orders = Orders(db)
    assert await OrderSchedule(db).earliest_deadline("acme") is None
    early, late = an_order(), an_order(order="ord_late", order_id="#2", placed_at=PLACED + timedelta(days=1))
    for order, state in (
        (early, a_state(early, seq=2, base=1)),
        (late, a_delivered_state(order=late, seq=2, base=1)),
    ):
        await orders.place(order, "hash")
        await snapshots.commit(state)
    first = await OrderSchedule(db).earliest_deadline("acme")
    assert first is not None
    assert await OrderSchedule(db).earliest_deadline("acme", after=first - timedelta(seconds=1)) == first
    second = await OrderSchedule(db).earliest_deadline("acme", after=first)
    assert second is not None
    assert second > first
    assert await OrderSchedule(db).due("acme", first - timedelta(seconds=1)) == []
    assert await OrderSchedule(db).due("acme", first) == ["ord_one"]
    assert await OrderSchedule(db).due("acme", first + timedelta(days=90)) == ["ord_late", "ord_one"]
    assert await OrderSchedule(db).due("other", first + timedelta(days=90)) == []


async def test_an_order_with_a_payment_under_way_is_due_at_any_time(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    settlement = refund_plan.plan_cancellation(state, PLACED)
    state.settlements.append(settlement)
    for leg in settlement.legs:
        leg.status, leg.sent_at = "sent", PLACED
    await snapshots.commit(state)
    assert await OrderSchedule(db).due("acme", PLACED) == ["ord_one"]
    for leg in settlement.legs:
        leg.status = "settled"
    next_version(state)
    await snapshots.commit(state)
    assert await OrderSchedule(db).due("acme", PLACED) == []
    assert [row.stage for row in (await OrderIndex(db).page("acme", OrderFilters(), limit=9)).items] == [
        "placed"
    ]


async def test_a_planned_payment_is_under_way_unless_its_return_is_held(
    db: Database, snapshots: SnapshotStore
) -> None:
    await Orders(db).place(an_order(), "hash")
    state = a_delivered_state(seq=2, base=1)
    case = a_return(state, dropped_off=DropOff(at=PLACED, location_id="bar", nonce="1"))
    PlanReturn(return_id=case.return_id).apply(state, PLACED)
    assert [leg.status for leg in state.legs()] == ["planned"] * len(state.legs()) != []
    await snapshots.commit(state)
    assert await OrderSchedule(db).due("acme", PLACED) == ["ord_one"]
    case.held_until = PLACED + timedelta(days=3)
    next_version(state)
    await snapshots.commit(state)
    assert await OrderSchedule(db).due("acme", PLACED) == []
