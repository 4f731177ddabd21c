"""How it goes: a merchant's figures of a period against the period before, and the facts that they come from."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain import figure_keys
from domain.base import Frozen
from domain.clock import Instant
from domain.figures.ages import AgeCount, ages_of
from domain.figures.articles import articles_of
from domain.figures.fact import FigureFact
from domain.figures.kpis import DIMENSIONS, KINDS, Dimension, kinds_by
from domain.figures.report import FigurePeriod, Figures, Grouping, figures_of, group_start
from domain.figures.sums import SumLine, Sums
from services.paging import Page, PageRequest
from store.engine.database import Database
from store.figures.export import fact_page
from store.figures.facts import fact_row, write_facts
from store.figures.sums import FigureSums, SumQuestion
from store.merchants.clock import Clocks

MAX_DAYS = 732
_EARLIEST = date(1990, 1, 1)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class FigureQuestion:
    """Which figures. period: without it the last 30 days that are over."""

    period: FigurePeriod | None = None
    carrier: str | None = None
    country: str | None = None
    group_by: Grouping | None = None

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

    async def last_days(self, merchant: str, days: int) -> FigurePeriod:
        """The last days that are over, by the merchant's business time."""
        today = (await self.clocks.business_now(merchant)).date()
        return FigurePeriod(first=today - timedelta(days=days), last=today - timedelta(days=1))

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

        compared: with the period before, and with the questions that wait now.
        """
        await self.sums.add_up(merchant)
        period = question.period or await self.last_days(merchant, 30)
        groups = {by: await self._groups(merchant, period, question, by) if by else {} for by in groupings}
        by_time = next((found for by, found in groups.items() if by and by not in DIMENSIONS), None)
        if by_time is None:
            now = await self._sums(merchant, period, question)
        else:
            now = Sums(line for group in by_time.values() for line in group.lines)
        before = await self._sums(merchant, period.before, question) if compared else Sums(())
        exceptions = await self._exceptions(merchant) if compared else ()
        return [
            Figures(
                period=period,
                previous=period.before,
                group_by=by,
                orders=now.times("order"),
                figures=figures_of(now, before, found, (by, question.having())),
                exceptions=exceptions,
                articles=articles_of(found) if by == "sku" else (),
            )
            for by, found in groups.items()
        ]

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

    async def _exceptions(self, merchant: str) -> tuple[AgeCount, ...]:
        today = (await self.clocks.business_now(merchant)).date()
        opened = await self.sums.read(
            SumQuestion(merchant, _EARLIEST, today, {}, "day", kinds=("question_open",))
        )
        return ages_of([(date.fromisoformat(day), line.times) for day, line in opened], today)

    async def _sums(self, merchant: str, period: FigurePeriod, question: FigureQuestion) -> Sums:
        found = await self.sums.read(
            SumQuestion(merchant, period.first, period.last, question.having(), kinds=KINDS)
        )
        return Sums(line for _, line in found)

    async def _groups(
        self, merchant: str, period: FigurePeriod, question: FigureQuestion, by: Grouping
    ) -> dict[str, Sums]:
        dimension = next((one for one in DIMENSIONS if one == by), None)
        column, kinds = (dimension, kinds_by(dimension)) if dimension else ("day", KINDS)
        found = await self.sums.read(
            SumQuestion(merchant, period.first, period.last, question.having(), column, kinds=kinds)
        )
        groups: dict[str, list[SumLine]] = {}
        for group, line in found:
            name = group if dimension else group_start(date.fromisoformat(group), by)
            groups.setdefault(name, []).append(line)
        return {name: Sums(lines) for name, lines in groups.items()}


def csv_of(lines: Iterable[FactLine], *, header: bool = True) -> bytes:
    """The facts as CSV (RFC 4180, UTF-8). A text that a spreadsheet would take for a formula has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(FactLine.model_fields)
    for line in lines:
        writer.writerow([_cell(value) for value in line.model_dump(mode="json").values()])
    return text.getvalue().encode()


def jsonl_of(lines: Iterable[FactLine]) -> bytes:
    """The facts as JSON, one a line."""
    return "".join(f"{json.dumps(line.model_dump(mode='json'))}\n" for line in lines).encode()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
