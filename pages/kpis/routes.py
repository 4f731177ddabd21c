"""`/agents/kpis`: how it goes. One sentence says what changed; each panel has a sentence, a chart and its table."""

from typing import Final, get_args

from aiohttp import web

from domain.actors import STAFF, Role
from domain.figures.months import MonthName
from domain.figures.report import Figures
from pages.kpis import panels
from pages.kpis.charts import bar_width
from pages.kpis.heat import heat_table
from pages.kpis.reading import read_page
from pages.web.downloads import download
from pages.web.rendering import render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.figures.reports import FigureQuestion

PERIODS: Final = (7, 30, 90)
MONTHS: Final[tuple[MonthName, ...]] = get_args(MonthName)
READERS: Final = STAFF | {Role.FINANCE}
_MAX_CARRIER: Final = 64
_LONGEST_EXPORT: Final = 600.0  # seconds


@staff_page("GET", "/agents/kpis", roles=READERS)
async def figures_page(visit: Visit, user: StaffUser) -> web.Response:
    """The figures of the user's merchant. `days` (or the name of a month), `carrier` and `country` choose a part."""
    reports = visit.services.merchants.figures
    month = next((one for one in MONTHS if one == visit.query.text("days", 20)), None)
    days = next((one for one in PERIODS if str(one) == visit.query.text("days", 20)), 30)
    carrier, country = visit.query.text("carrier", _MAX_CARRIER), visit.query.text("country", 2)
    period = None if month else await reports.last_days(user.merchant, days)
    part = FigureQuestion(period, carrier or None, country or None, month=month)
    read = await read_page(reports, user.merchant, part)
    now, reasons, carriers = read.now, panels.by_name(read.reasons), panels.by_name(read.carriers)
    return render(
        visit.read_as(section="kpis"),
        "kpis/page.html",
        now=now,
        figures=panels.by_name(now),
        strip=panels.STRIP,
        notable=panels.notable(now),
        compared=panels.can_be_compared(now),
        is_worse=panels.is_worse,
        delivery=panels.week_panel(read.weeks, "on_time", "told_before_it_broke"),
        retained=panels.week_panel(read.weeks, "retained_revenue"),
        carriers=panels.bar_rows(carriers["on_time"]),
        least_on_time=panels.least_often(carriers["on_time"]),
        reasons=panels.bar_rows(reasons["return_rate"]),
        articles=panels.bar_rows(panels.by_name(read.articles)["return_rate"]),
        heat=heat_table(read.articles.articles),
        costs=panels.cost_rows(reasons["cost_per_return"]),
        ages=_ages(now),
        filters={"days": month or days, "carrier": carrier, "country": country},
        periods=PERIODS,
        months=MONTHS,
        known_carriers=panels.known_groups(carriers["on_time"]),
        known_countries=panels.known_groups(panels.by_name(read.countries)["manual_touch"]),
    )


@staff_page("GET", "/agents/kpis/facts.csv", roles=READERS, timeout=_LONGEST_EXPORT)
async def facts_table(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """All facts as a table, as `/v1/kpis/facts` gives them page by page."""
    parts = visit.services.merchants.figures.export(user.merchant, "csv")
    return await download(visit, parts, "facts.csv", "text/csv")


@staff_page("GET", "/agents/kpis/facts.jsonl", roles=READERS, timeout=_LONGEST_EXPORT)
async def facts_lines(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """All facts as JSON, one a line."""
    parts = visit.services.merchants.figures.export(user.merchant, "jsonl")
    return await download(visit, parts, "facts.jsonl", "application/jsonl")


def _ages(now: Figures) -> list[panels.BarRow]:
    most = max((one.count for one in now.exceptions), default=0)
    return [
        panels.BarRow(one.age, None, one.count, most, bar_width(one.count, most)) for one in now.exceptions
    ]
