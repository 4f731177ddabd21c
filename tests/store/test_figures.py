"""Figures on both databases: facts of commits, their sums, and that everything computed from them agrees."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.actors import SYSTEM
from domain.figures.changes import facts_of
from domain.figures.fact import FigureFact
from domain.figures.kpis import KINDS, KPIS
from domain.figures.sums import SumLine, Sums
from domain.model.order import Order
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy
from services.figures.reports import FactLine, FigureQuestion, FigureReports, csv_of
from services.paging import PageRequest
from store.engine.database import Database
from store.figures.facts import fact_row, write_facts
from store.figures.sums import FigureSums, SumQuestion
from store.merchants.clock import Clocks
from store.merchants.policies import NewPolicy, Policies
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.tables.figures import FigureFactRow, FigureSumRow
from tests.builders import PLACED, a_parcel, a_return, a_scan, a_state, an_order

DAY = PLACED.date()
ALL_DAYS = (DAY - timedelta(days=100), DAY + timedelta(days=100))


@pytest.fixture
def state(placed: Order) -> JourneyState:
    """Its journey as it was placed: `committed` writes each next version."""
    return a_state(placed, seq=1)


async def committed(snapshots: SnapshotStore, state: JourneyState) -> None:
    state.base, state.seq = state.seq, state.seq + 1
    assert await snapshots.commit(state) == "committed"
    state.pending_notices, state.audit_log = [], []


async def a_life(snapshots: SnapshotStore, state: JourneyState) -> None:
    """Placed, delivered, one mug sent back, the return refused in the end."""
    await committed(snapshots, state)
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=2))])
    await committed(snapshots, state)
    a_return(state)
    await committed(snapshots, state)
    state.returns[0].decision = "refused"
    await committed(snapshots, state)


async def all_rows(db: Database, table: Any) -> list[Any]:
    async with db.read() as session:
        return list((await session.exec(select(table))).all())


async def test_the_facts_of_all_commits_add_up_to_the_state_and_a_new_process_goes_on_as_the_old_one(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await committed(snapshots, state)
    await a_life(SnapshotStore(db), state)
    total: Counter[FigureFact] = Counter()
    for row in await all_rows(db, FigureFactRow):
        fact = FigureFact(**row.model_dump(include=set(FigureFact._fields)))
        total[fact._replace(times=1, value=0)] += fact.times
    held = Counter({fact._replace(times=1, value=0): fact.times for fact in facts_of(state).values()})
    assert {fact: times for fact, times in total.items() if times} == held


async def test_a_repeated_commit_adds_no_fact(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await committed(snapshots, state)
    before = await all_rows(db, FigureFactRow)
    assert await snapshots.commit(state) == "committed"
    assert await all_rows(db, FigureFactRow) == before


async def test_sums_are_the_same_whenever_and_however_often_facts_are_added_up(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    sums = FigureSums(db)
    await committed(snapshots, state)
    assert await sums.pending() == ["acme"]
    await asyncio.gather(*(sums.add_up("acme") for _ in range(4)))
    await a_life(snapshots, state)
    await asyncio.gather(*(sums.add_up("acme") for _ in range(4)))
    assert await sums.pending() == []
    replayed: Counter[tuple[Any, ...]] = Counter()
    names = ("day", "kind", "carrier", "country", "sku", "reason", "currency", "bucket")
    for row in await all_rows(db, FigureFactRow):
        replayed[tuple(getattr(row, name) for name in names)] += row.times
    rows = await all_rows(db, FigureSumRow)
    assert {tuple(getattr(row, name) for name in names): row.times for row in rows} == dict(replayed)


async def test_figures_computed_from_the_export_are_those_of_the_report(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await a_life(snapshots, state)
    reports = FigureReports(db, FigureSums(db), Clocks(db), Policies(db))
    lines = [line async for page in reports.all_facts("acme") for line in page]
    exported = Sums(
        SumLine(one.kind, one.reason, one.currency, one.bucket, one.times, one.value) for one in lines
    )  # type: ignore[arg-type]
    read = await reports.sums.read(SumQuestion("acme", *ALL_DAYS, {}, kinds=KINDS))
    stored = Sums(line for _, line in read)
    assert [kpi.read(exported) for kpi in KPIS] == [kpi.read(stored) for kpi in KPIS]
    assert {kpi.name: kpi.read(stored).value for kpi in KPIS}["on_time"] == 100


async def test_the_export_misses_no_fact_that_commits_late(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    reports = FigureReports(db, FigureSums(db), Clocks(db), Policies(db))
    await committed(snapshots, state)
    first = await reports.facts("acme", PageRequest(limit=2))
    assert first.next is not None
    rest = await reports.facts("acme", PageRequest(limit=100, cursor=first.next))
    assert rest.next is None
    keys = [line.key for line in (*first.items, *rest.items)]
    assert len(keys) == len(set(keys)) == len(await all_rows(db, FigureFactRow))
    async with db.write() as session:
        late = fact_row("acme", "ord_one", "late", FigureFact("page_view", "", DAY), PLACED)
        late["id"] = -1  # as if its number had been taken long ago
        await write_facts(session, [late])
    await reports.sums.add_up("acme")
    last = rest.items[-1]
    after = [line async for page in reports.all_facts("acme") for line in page]
    assert [line.key for line in after if (line.batch, line.number) > (last.batch, last.number)] == ["late"]


async def test_a_customer_who_buys_again_within_90_days_counts_for_how_the_return_was_resolved(
    db: Database, state: JourneyState
) -> None:
    sums, again = FigureSums(db), an_order(order="ord_two", order_id="#2")
    assert (await Orders(db).place(again, "hash")).outcome == "new"
    resolved = FigureFact("resolved", "ret_1", DAY, country="GB", reason="store_credit")
    placed = FigureFact("order", "", DAY + timedelta(days=90), country="GB")
    async with db.write() as session:
        await write_facts(session, [fact_row("acme", "ord_one", "1", resolved, PLACED)])
        await write_facts(session, [fact_row("acme", "ord_two", "2", placed, PLACED)])
    await sums.add_up("acme")
    found = [row for row in await all_rows(db, FigureSumRow) if row.kind == "bought_again"]
    assert [(row.day, row.reason, row.times) for row in found] == [(DAY, "store_credit", 1)]


async def test_one_merchant_never_counts_for_another(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await a_life(snapshots, state)
    reports = FigureReports(db, FigureSums(db), Clocks(db), Policies(db))
    await reports.sums.add_up("acme")
    assert (await reports.facts("other", PageRequest())).items == []
    assert await reports.sums.read(SumQuestion("other", *ALL_DAYS, {}, kinds=KINDS)) == []


async def test_today_is_the_shops_and_what_is_due_on_it_does_not_count_yet(db: Database) -> None:
    sums = FigureSums(db)
    reports = FigureReports(db, sums, Clocks(db), Policies(db))
    assert await reports.today("acme") == DAY
    warehouse = {"warehouse": {"country": "NZ", "zone": "Pacific/Auckland"}}
    services = {"default": "parcel", "services": {"parcel": {"hours": 24}}}
    policy = Policy.model_validate({"delivery": {**warehouse, **services}})
    await Clocks(db).set("acme", PLACED + timedelta(hours=5))  # 14:00 in London is three in the morning there
    await Policies(db).publish("acme", NewPolicy(policy, ""), SYSTEM)
    assert await reports.today("acme") == DAY + timedelta(days=1)
    facts = [
        FigureFact(kind, str(day), DAY + timedelta(days=day), country="GB")
        for kind in ("promised", "order")
        for day in (0, 1)
    ]
    async with db.write() as session:
        await write_facts(
            session, [fact_row("acme", "ord_one", f"{one.kind}{one.subject}", one, PLACED) for one in facts]
        )
    report = await reports.report("acme", FigureQuestion())
    assert (report.orders, report.unfinished) == (2, DAY + timedelta(days=1))
    assert {one.figure: one.of for one in report.figures}["on_time"] == 1


def test_no_cell_of_the_table_is_taken_for_a_formula() -> None:
    line = FactLine(
        batch=1, number=1, key="k", at=PLACED, order="ord_one", kind="unit_returned", subject="-1", day=DAY,
        carrier="=cmd()", country="GB", sku="@SUM(A1)", reason="\tx", currency="GBP", bucket=0, times=-1, value=-5,
    )  # fmt: skip
    header, row = csv_of([line]).decode().splitlines()
    assert header.split(",") == [*FactLine.model_fields]
    assert row.endswith("'-1,2026-03-02,'=cmd(),GB,'@SUM(A1),'\tx,GBP,0,-1,-5"), row
