"""Figures over 100,000 orders: how long a report takes that reads sums, and adding facts up before.

No journey runs: the facts are those of some hundred synthetic orders, by the rule of every commit, copied to other ids and days.
"""

import random
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import func, select

from domain.figures.changes import facts_between
from domain.figures.fact import FigureFact
from domain.figures.report import FigurePeriod, Grouping
from domain.model.order import Destination, OrderLine
from domain.model.promise import DelayNotice
from domain.model.quote import ReturnItem
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.returns.quotes import quote
from pages.kpis.reading import read_page
from services.figures.reports import FigureQuestion, FigureReports
from store.engine.database import Database
from store.figures.facts import fact_row, write_facts
from store.figures.sums import FigureSums
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.merchants.policies import Policies
from store.migrations import upgrade
from store.tables.figures import FigureFactRow
from tests.bench.environment import MASTER, kind_of, store_url
from tests.bench.figures import Figure
from tests.builders import PLACED, a_parcel, a_return, a_scan, a_state, an_order, gbp

DAYS = 90
GOALS = {"sqlite": 2.0, "postgresql": 1.0}
_HALF = PLACED.date() + timedelta(days=DAYS // 2)
_PERIOD = FigurePeriod(first=_HALF, last=_HALF + timedelta(days=DAYS // 2 - 1))
_SAMPLES = 1000
_COPIED = (
    "kind",
    "subject",
    "at",
    "carrier",
    "country",
    "sku",
    "reason",
    "currency",
    "bucket",
    "times",
    "value",
    "batch",
)
_COUNTRIES = {"GB": "Europe/London", "DE": "Europe/Berlin", "FR": "Europe/Paris", "IE": "Europe/Dublin"}
_REASONS = ("unwanted", "unwanted", "too_small", "too_big", "damaged")
_CARRIERS = ("DHL", "DPD", "Evri", "UPS", "Royal Mail")


async def measure(
    folder: Path, *, database: str | None = None, orders: int = 100_000, rounds: int = 5
) -> list[Figure]:
    """The slowest of some rounds of each report."""
    folder.mkdir(parents=True, exist_ok=True)
    url, kind = store_url(folder, database), kind_of(database)
    await upgrade(url)
    db = Database(url)
    try:
        clock = PLACED + timedelta(days=DAYS)
        await Merchants(db, MASTER).create(NewMerchant(id="bench", name="bench", sandbox=True, clock=clock))
        facts = await _fill(db, orders)
        reports = FigureReports(db, FigureSums(db), Clocks(db), Policies(db))
        began = time.perf_counter()
        await reports.sums.add_up("bench")
        added = Figure(
            f"facts added up, {kind}",
            round(facts / (time.perf_counter() - began)),
            "per s",
            of={"facts": facts},
        )
        name = f"{orders} orders, {kind}"
        reads = [await _slowest(reports, by, rounds, name, GOALS[kind]) for by in (None, "week", "sku")]
        reads.append(await _page(reports, rounds, name, GOALS[kind]))
        return [*reads, added]
    finally:
        await db.close()


async def _slowest(
    reports: FigureReports, by: Grouping | None, rounds: int, name: str, goal: float
) -> Figure:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = await reports.report("bench", FigureQuestion(period=_PERIOD, group_by=by))
        times.append(time.perf_counter() - began)
        assert found.orders > 0
        assert found.figures[0].value is not None
    return Figure(f"figures by {by or 'period'}, {name}", round(max(times), 3), "s", goal, at_most=True)


async def _page(reports: FigureReports, rounds: int, name: str, goal: float) -> Figure:
    """All that the console's page reads, for a country, which shares less."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = await read_page(reports, "bench", FigureQuestion(period=_PERIOD, country="GB"))
        times.append(time.perf_counter() - began)
        assert found.carriers.orders > 0
    return Figure(f"figures of the page, {name}", round(max(times), 3), "s", goal, at_most=True)


async def _fill(db: Database, orders: int) -> int:
    """Write the facts of so many orders: some by the rule, the others as copies on other days. Returns how many."""
    chance = random.Random(13)
    samples = min(_SAMPLES, max(1, orders // DAYS))
    async with db.write() as session:
        for number in range(samples):
            facts = enumerate(facts_of_a_life(chance))
            rows = [
                fact_row("sample", f"ord_{number}", f"{number}-{place}", fact, PLACED)
                for place, fact in facts
            ]
            await write_facts(session, rows)
    for number in range(orders // samples):
        async with db.write() as session:
            copied = text(_copy(db.is_sqlite)).bindparams(n=str(number), days=number % DAYS)
            await (await session.connection()).execute(copied)
    async with db.read() as session:
        found = select(func.count()).select_from(FigureFactRow).where(FigureFactRow.merchant == "bench")
        return int((await session.exec(found)).one())


def _copy(on_sqlite: bool) -> str:
    """The statement that copies the samples to other orders, some days later."""
    day = "date(day, '+' || :days || ' days')" if on_sqlite else "day + CAST(:days AS integer)"
    same = ", ".join(_COPIED)
    return (
        f'INSERT INTO figure_facts (merchant, "order", key, day, {same}) '
        f"SELECT 'bench', \"order\" || '-' || :n, key || '-' || :n, {day}, {same} "
        "FROM figure_facts WHERE merchant = 'sample'"
    )


def facts_of_a_life(chance: random.Random) -> list[FigureFact]:
    """All facts that the commits of one synthetic order add: placed, shipped, perhaps late, perhaps sent back."""
    states = [_placed(chance)]
    for step in (_shipped, _delayed, _delivered, _sent_back):
        state = states[-1].model_copy(deep=True)
        step(state, chance)
        states.append(state)
    pairs = zip([None, *states], states, strict=False)
    return [fact for before, after in pairs for fact in facts_between(before, after, PLACED)]


def _placed(chance: random.Random) -> JourneyState:
    country = chance.choice([*_COUNTRIES])
    line = OrderLine(
        line_id="1",
        sku=f"SKU-{chance.randrange(200)}",
        title="Thing",
        quantity=chance.randrange(1, 4),
        unit_price=gbp(1200),
    )
    destination = Destination(country=country, zone=_COUNTRIES[country], postcode="")
    return a_state(an_order(lines=(line,), destination=destination))


def _shipped(state: JourneyState, chance: random.Random) -> None:
    a_parcel(state, carrier=chance.choice(_CARRIERS))


def _delayed(state: JourneyState, chance: random.Random) -> None:
    if chance.random() < 0.2:
        at = state.due - timedelta(hours=chance.randrange(-10, 60))
        notice = {
            "subject": "p1",
            "revision": 1,
            "reason": "late",
            "expected": None,
            "notified_at": at,
            "due": state.due,
        }
        state.delay_notices.append(DelayNotice.model_validate(notice))


def _delivered(state: JourneyState, chance: random.Random) -> None:
    at = state.due + timedelta(hours=chance.randrange(-70, 20) if not state.delay_notices else 20)
    state.parcels[0].scans = [a_scan(ParcelStatus.DELIVERED, at)]
    state.clock = at


def _sent_back(state: JourneyState, chance: random.Random) -> None:
    if chance.random() < 0.15:
        items = [ReturnItem(line_id="1", quantity=1, reason=chance.choice(_REASONS))]
        quoted = quote(state, items, state.clock or state.order.placed_at)
        a_return(state, quote=quoted, resolution=chance.choice(["refund", "store_credit"]))
