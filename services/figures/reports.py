"""How it goes: a merchant's figures of a period against the period before, and the facts that they come from."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from domain import figure_keys
from domain.base import Frozen
from domain.clock import Instant, local_day
from domain.figures.ages import AgeCount, ages_of
from domain.figures.articles import articles_of
from domain.figures.fact import FactKind, FigureFact
from domain.figures.kpis import DIMENSIONS, DUE, KINDS, Dimension, kinds_by
from domain.figures.months import MonthName, month_periods
from domain.figures.report import FigurePeriod, Figures, Grouping, figures_of, group_start
from domain.figures.sums import SumLine, Sums
from services.paging import Page, PageRequest
from store.engine.database import Database
from store.figures.export import fact_page
from store.figures.facts import fact_row, write_facts
from store.figures.sums import FigureSums, SumQuestion
from store.merchants.clock import Clocks
from store.merchants.policies import Policies

MAX_DAYS = 732
_EARLIEST = date(1990, 1, 1)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class FigureQuestion:
    """Which figures. period: without it the last 30 days, today included. month: in place of a period."""

    period: FigurePeriod | None = None
    carrier: str | None = None
    country: str | None = None
    group_by: Grouping | None = None
    month: MonthName | None = None

    def having(self) -> dict[Dimension, str]:
        """The dimensions that all counted facts have."""
        wanted: dict[Dimension, str | None] = {"carrier": self.carrier, "country": self.country}
        return {name: text for name, text in wanted.items() if text is not None}


class FactLine(Frozen):
    """A fact, as it is exported. Facts that are alike add up: one that is no longer so has the opposite `times` and `value`."""

    batch: int
    """With which it was added to the sums; lines are ordered by it and then by `number`."""
    number: int
    """Unique."""
    key: str
    """Under which it was written once."""
    at: Instant
    """When it came to be known, business time."""
    order: str
    """Our id of the order."""
    kind: str
    """What is counted; `docs/kpis.md` lists the kinds."""
    subject: str
    """The parcel, return, payment, line or question of the order that it is about; empty for the order."""
    day: date
    """The day on which it counts."""
    carrier: str
    """The carrier, where one is concerned."""
    country: str
    """The country of the destination."""
    sku: str
    """The article, where one is concerned."""
    reason: str
    """Why, how or what for: of a return, a way of money, a question, a survey."""
    currency: str
    """Of `value`, where it is money."""
    bucket: int
    """The step of a duration in seconds, or a score."""
    times: int
    """How many."""
    value: int
    """Money in minor units, or a score."""


@dataclass(frozen=True)
class FigureReports:
    """Reads the figures of one merchant from sums, never from the facts."""

    db: Database
    sums: FigureSums
    clocks: Clocks
    policies: Policies

    async def today(self, merchant: str) -> date:
        """The day at the shop's warehouse by business time; in UTC where its policy names no warehouse."""
        delivery = (await self.policies.in_force(merchant)).policy.delivery
        now = await self.clocks.business_now(merchant)
        return local_day(now, delivery.warehouse.zone) if delivery else now.date()

    async def last_days(self, merchant: str, days: int) -> FigurePeriod:
        """So many days, of which today is the last."""
        today = await self.today(merchant)
        return FigurePeriod(first=today - timedelta(days=days - 1), last=today)

    async def report(self, merchant: str, question: FigureQuestion) -> Figures:
        """The figures that answer it. Facts that are in no sum yet are added up before."""
        [found] = await self.reports(merchant, question, (question.group_by,))
        return found

    async def reports(
        self,
        merchant: str,
        question: FigureQuestion,
        groupings: Sequence[Grouping | None],
        *,
        compared: bool = True,
    ) -> list[Figures]:
        """The same figures with the groups of each of these; what all of them share is read once.

        compared: with the days before, and with the questions that wait now.
        """
        await self.sums.add_up(merchant)
        today = await self.today(merchant)
        period, previous = await self._periods(merchant, question, today)
        asked = _Asked(merchant, question.having(), today)
        groups = {by: await self._groups(asked, period, by) if by else {} for by in groupings}
        by_time = next((found for by, found in groups.items() if by and by not in DIMENSIONS), None)
        if by_time is None:
            now = await self._sums(asked, period)
        else:
            now = Sums(line for group in by_time.values() for line in group.lines)
        before = await self._sums(asked, previous) if compared else Sums(())
        exceptions = await self._exceptions(merchant, today) if compared else ()
        return [
            Figures(
                period=period,
                previous=previous,
                unfinished=today if period.first <= today <= period.last else None,
                group_by=by,
                orders=now.times("order"),
                figures=figures_of(now, before, found, (by, question.having())),
                exceptions=exceptions,
                articles=articles_of(found) if by == "sku" else (),
            )
            for by, found in groups.items()
        ]

    async def _periods(
        self, merchant: str, question: FigureQuestion, today: date
    ) -> tuple[FigurePeriod, FigurePeriod]:
        """The days that are counted, and those that they are compared with."""
        if question.month is not None:
            return month_periods(question.month, today)
        period = question.period or await self.last_days(merchant, 30)
        return period, period.before

    async def count_view(self, merchant: str, order: str) -> None:
        """Count a view of the order's page, once in a minute."""
        now = await self.clocks.business_now(merchant)
        key = figure_keys.page_view(order, now)
        async with self.db.write() as session:
            await write_facts(
                session, [fact_row(merchant, order, key, FigureFact("page_view", "", now.date()), now)]
            )

    async def facts(self, merchant: str, page: PageRequest) -> Page[FactLine]:
        """A page of the facts, in the order in which they were added up. Raises BadCursor."""
        if page.cursor is None:
            await self.sums.add_up(merchant)
        found = await fact_page(self.db, merchant, page.limit, page.cursor)
        lines = [
            FactLine(number=row.id or 0, **row.model_dump(exclude={"id", "merchant"})) for row in found.items
        ]
        return Page(lines, found.next)

    async def all_facts(self, merchant: str) -> AsyncIterator[list[FactLine]]:
        """All facts, page by page, so that no more than one page is in memory."""
        page = PageRequest(limit=1000)
        while True:
            found = await self.facts(merchant, page)
            yield found.items
            if found.next is None:
                return
            page = PageRequest(limit=1000, cursor=found.next)

    async def export(self, merchant: str, form: Literal["csv", "jsonl"]) -> AsyncIterator[bytes]:
        """All facts as one file, in parts; of no facts only the heading of the table."""
        header = True
        async for lines in self.all_facts(merchant):
            yield csv_of(lines, header=header) if form == "csv" else jsonl_of(lines)
            header = False

    async def _exceptions(self, merchant: str, today: date) -> tuple[AgeCount, ...]:
        opened = await self.sums.read(
            SumQuestion(merchant, _EARLIEST, today, {}, "day", kinds=("question_open",))
        )
        return ages_of([(date.fromisoformat(day), line.times) for day, line in opened], today)

    async def _sums(self, asked: "_Asked", period: FigurePeriod) -> Sums:
        return Sums(line for _, line in await self.sums.read(asked.sums(period, KINDS)))

    async def _groups(self, asked: "_Asked", period: FigurePeriod, by: Grouping) -> dict[str, Sums]:
        dimension = next((one for one in DIMENSIONS if one == by), None)
        column, kinds = (dimension, kinds_by(dimension)) if dimension else ("day", KINDS)
        found = await self.sums.read(asked.sums(period, kinds, column))
        groups: dict[str, list[SumLine]] = {}
        for group, line in found:
            name = group if dimension else group_start(date.fromisoformat(group), by)
            groups.setdefault(name, []).append(line)
        return {name: Sums(lines) for name, lines in groups.items()}


@dataclass(frozen=True)
class _Asked:
    """Whose sums are asked for, which part of them, and which day is today: what is due then is not late yet."""

    merchant: str
    having: dict[Dimension, str]
    today: date

    def sums(
        self, period: FigurePeriod, kinds: tuple[FactKind, ...], group: str | None = None
    ) -> SumQuestion:
        over = self.today - timedelta(days=1)
        return SumQuestion(
            self.merchant, period.first, period.last, self.having, group, kinds, due=DUE, due_until=over
        )


def csv_of(lines: Iterable[FactLine], *, header: bool = True) -> bytes:
    """The facts as CSV (RFC 4180, UTF-8). A text that a spreadsheet would take for a formula has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(FactLine.model_fields)
    for line in lines:
        writer.writerow([table_cell(value) for value in line.model_dump(mode="json").values()])
    return text.getvalue().encode()


def jsonl_of(lines: Iterable[FactLine]) -> bytes:
    """The facts as JSON, one a line."""
    return "".join(f"{json.dumps(line.model_dump(mode='json'))}\n" for line in lines).encode()


def table_cell(value: object) -> object:
    """The value as a cell of a table: no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
