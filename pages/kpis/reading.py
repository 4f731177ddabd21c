"""What the page reads: the same reports that `/v1/kpis` answers, those of one question together."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from domain.figures.report import FigurePeriod, Figures
from services.figures.reports import FigureQuestion, FigureReports

_WEEKS: Final = timedelta(weeks=12)


@dataclass(frozen=True)
class PageFigures:
    """now: ungrouped. weeks: of the last twelve. carriers, countries: of all, also where a part was asked for, to choose from."""

    now: Figures
    reasons: Figures
    articles: Figures
    carriers: Figures
    countries: Figures
    weeks: Figures


async def read_page(reports: FigureReports, merchant: str, part: FigureQuestion) -> PageFigures:
    """All figures of the page for that part."""
    if part.carrier is None and part.country is None:
        now, reasons, articles, carriers, countries = await reports.reports(
            merchant, part, (None, "reason", "sku", "carrier", "country")
        )
    else:
        now, reasons, articles = await reports.reports(merchant, part, (None, "reason", "sku"))
        carriers, countries = await reports.reports(
            merchant, replace(part, carrier=None, country=None), ("carrier", "country"), compared=False
        )
    last = now.period.last
    last_weeks = FigurePeriod(first=last - _WEEKS, last=last)
    by_week = FigureQuestion(last_weeks, part.carrier, part.country)
    [weeks] = await reports.reports(merchant, by_week, ("week",), compared=False)
    return PageFigures(now, reasons, articles, carriers, countries, weeks)
