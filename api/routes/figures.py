"""Routes: how it goes, in figures of a period against the period before, and the facts that they come from."""

from typing import Annotated, Literal

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.http.response_headers import next_page
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import StatedDay
from domain.figures.months import MonthName
from domain.figures.report import FigurePeriod, Figures, Grouping
from services.figures.dispositions import DispositionTable, csv_of_dispositions
from services.figures.reports import MAX_DAYS, FactLine, FigureQuestion, csv_of, jsonl_of
from services.paging import PageRequest

_READERS = STAFF | {Role.FINANCE}


class FigureQuery(Frozen):
    """Which days, and which part of what was counted."""

    first: StatedDay | None = None
    """The first day; with `last`. Without both the last 30 days, today included."""
    last: StatedDay | None = None
    """The last day."""
    period: MonthName | None = None
    """A month in place of `first` and `last`. `this_month` ends today, and compares with the month before up to the same day."""
    carrier: Annotated[str, Field(max_length=64)] | None = None
    """Only what this carrier brought."""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """Only what went to this country, as ISO 3166."""
    group_by: Grouping | None = None
    """What `groups` of each figure are told apart by."""

    def question(self) -> FigureQuestion:
        """Raises Problem invalid_query."""
        return FigureQuestion(
            period=self._period(),
            carrier=self.carrier,
            country=self.country,
            group_by=self.group_by,
            month=self.period,
        )

    def _period(self) -> FigurePeriod | None:
        if self.period is not None and (self.first is not None or self.last is not None):
            raise Problem("invalid_query", "`period` stands in place of `first` and `last`.")
        if self.first is None and self.last is None:
            return None
        if self.first is None or self.last is None:
            raise Problem("invalid_query", "`first` and `last` come together.")
        if not 0 <= (self.last - self.first).days < MAX_DAYS:
            raise Problem(
                "invalid_query", f"`last` is not before `first`, and a period has at most {MAX_DAYS} days."
            )
        return FigurePeriod(first=self.first, last=self.last)


class FactQuery(Frozen):
    """Which facts, and as what."""

    format: Literal["json", "csv", "jsonl"] | None = None
    """`csv` for a table, `jsonl` for one JSON object a line; without it `Accept` decides: `text/csv` or JSON."""
    limit: Annotated[int, Field(ge=1, le=5000)] = 500
    """At most so many facts."""
    cursor: Annotated[str, Field(max_length=512)] | None = None
    """`next` of the page before; of CSV and JSON lines it is in the header `Link`."""


class FactList(Frozen):
    """A page of facts."""

    items: tuple[FactLine, ...]
    """The facts of this page, in the order in which they were added up."""
    next: str | None
    """`cursor` of the next page; null on the last. Later facts come behind the last one."""


@endpoint("GET", "/v1/kpis", roles=_READERS, tags=("reports",))
async def get_kpis(call: Call[Services], query: FigureQuery) -> Figures:
    """Figures of a period beside those of the days before: on time, kept, returned, how fast the money was, effort.

    `docs/kpis.md` defines each. `smot kpis` prints them.
    """
    return await call.services.merchants.figures.report(call.merchant, query.question())


@endpoint("GET", "/v1/kpis/facts", roles=_READERS, tags=("reports",), alternative="text/csv")
async def list_facts(call: Call[Services], query: FactQuery) -> Response[FactList]:
    """The facts from which all figures are computed, as JSON, CSV or JSON lines: figures computed from them are the same."""
    page = PageRequest(limit=query.limit, cursor=query.cursor)
    found = await call.services.merchants.figures.facts(call.merchant, page)
    accepted = call.request.headers.get("Accept", "")
    written = query.format or ("csv" if accepted.startswith("text/csv") else "json")
    if written == "json":
        return Response(FactList(items=tuple(found.items), next=found.next))
    body = csv_of(found.items) if written == "csv" else jsonl_of(found.items)
    return Response(body, headers=next_page(call.request, {"items": (), "next": found.next}))


class DispositionQuery(Frozen):
    """Which year, and as what."""

    year: Annotated[int, Field(ge=2000, le=2999)]
    """The year in which it was decided."""
    format: Literal["json", "csv"] | None = None
    """`csv` for a table; without it `Accept` decides: `text/csv` or JSON."""


@endpoint(
    "GET", "/v1/dispositions", roles=_READERS | {Role.WAREHOUSE}, tags=("reports",), alternative="text/csv"
)
async def get_dispositions(call: Call[Services], query: DispositionQuery) -> Response[DispositionTable]:
    """What became of goods that came back: units by customs code, disposition and reason, for the yearly disclosure (ESPR)."""
    table = await call.services.merchants.dispositions.of_year(call.merchant, query.year)
    accepted = call.request.headers.get("Accept", "")
    as_csv = query.format == "csv" or (query.format is None and accepted.startswith("text/csv"))
    return Response(csv_of_dispositions(table) if as_csv else table)
