"""The heat table: articles by the reasons for which they come back, each cell darker the more units of those sold it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.figures.articles import ArticleReturns
from domain.figures.shares import sure_share

_ROWS, _COLUMNS, _STEPS = 12, 6, 5


@dataclass(frozen=True)
class HeatCell:
    """The units of one article for one reason. step: 0 to 5, how dark it is; None where no unit came back."""

    reason: str
    units: int
    value: float | None
    step: int | None


@dataclass(frozen=True)
class HeatRow:
    """An article with a cell for each column."""

    sku: str
    sold: int
    value: float | None
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatTable:
    """reasons: the columns, the most frequent first. others: whether the last column has all further reasons."""

    reasons: tuple[str, ...]
    others: bool
    rows: tuple[HeatRow, ...]

    @property
    def hottest(self) -> tuple[HeatRow, HeatCell] | None:
        """The row and cell whose share is most surely high, if any has one."""
        cells = [
            (row, cell) for row in self.rows for cell in row.cells if cell.value is not None and cell.reason
        ]
        return max(cells, key=lambda one: sure_share(one[1].units, one[0].sold), default=None)


def heat_table(articles: Sequence[ArticleReturns]) -> HeatTable:
    """The articles of which most units come back, by the most frequent of their reasons."""
    shown = articles[:_ROWS]
    units: Counter[str] = Counter()
    for article in shown:
        units.update({one.reason: one.units for one in article.reasons})
    ordered = sorted(units, key=lambda reason: (-units[reason], reason))
    reasons, others = tuple(ordered[:_COLUMNS]), len(ordered) > _COLUMNS
    most = max((one.value or 0.0 for article in shown for one in article.reasons), default=0.0)
    rows = tuple(_row(article, reasons, others, most) for article in shown)
    return HeatTable(reasons, others, rows)


def _row(article: ArticleReturns, reasons: Sequence[str], others: bool, most: float) -> HeatRow:
    by_reason = {one.reason: one.units for one in article.reasons}
    cells = [_cell(article, reason, by_reason.get(reason, 0), most) for reason in reasons]
    if others:
        cells.append(_cell(article, "", _rest(by_reason, reasons), most))
    return HeatRow(article.sku, article.sold, article.value, tuple(cells))


def _rest(by_reason: Mapping[str, int], reasons: Sequence[str]) -> int:
    return sum(units for reason, units in by_reason.items() if reason not in reasons)


def _cell(article: ArticleReturns, reason: str, units: int, most: float) -> HeatCell:
    if not units:
        return HeatCell(reason, 0, None, None)
    value = 100 * units / article.sold if article.sold > 0 else None
    step = min(_STEPS, round(_STEPS * value / most)) if value is not None and most > 0 else 0
    return HeatCell(reason, units, value, step)
