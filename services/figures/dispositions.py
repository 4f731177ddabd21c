"""What became of goods that came back in a year, by customs code, disposition and reason."""

import csv
import io
from dataclasses import dataclass
from datetime import date

from domain.base import Frozen
from domain.figures.goods_table import DisposedRow, goods_table
from services.figures.reports import table_cell
from store.figures.sums import FigureSums, SumQuestion


class DispositionTable(Frozen):
    """What became of goods that came back."""

    year: int
    """The year of the decision, at the order's destination."""
    units: int
    """All units whose disposition was decided in it."""
    discarded: int
    """Those of them that are not sold any more."""
    rows: tuple[DisposedRow, ...]
    """By code and then by units, the most first."""


@dataclass(frozen=True)
class DispositionReports:
    """Reads the tables of one merchant from sums."""

    sums: FigureSums

    async def of_year(self, merchant: str, year: int) -> DispositionTable:
        """The table of that year. Facts that are in no sum yet are added up before."""
        await self.sums.add_up(merchant)
        days = date(year, 1, 1), date(year, 12, 31)
        found = await self.sums.read(SumQuestion(merchant, *days, {}, "reason", kinds=("disposed",)))
        rows = goods_table((line.reason, line.times) for _, line in found)
        return DispositionTable(
            year=year,
            units=sum(one.units for one in rows),
            discarded=sum(one.units for one in rows if one.discarded),
            rows=rows,
        )


def csv_of_dispositions(table: DispositionTable) -> bytes:
    """The rows as CSV (RFC 4180, UTF-8)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("year", *DisposedRow.model_fields))
    for row in table.rows:
        writer.writerow([table.year, *(table_cell(value) for value in row.model_dump(mode="json").values())])
    return text.getvalue().encode()
