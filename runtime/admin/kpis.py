"""`smot kpis`: reads figures in the database of a deployment."""

import sys
from contextlib import ExitStack
from pathlib import Path

from domain.figures.report import Figures
from runtime.admin.connection import database_stores
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from runtime.stores import Stores
from services.figures.reports import FigureQuestion, FigureReports, csv_of, jsonl_of


async def read_figures(settings: Settings, merchant: str, question: FigureQuestion) -> Figures:
    """The figures of that merchant. Raises DeploymentUnreachable, and CommandFailed for an unknown merchant."""
    async with database_stores(settings) as stores:
        reports = await _reports(stores, merchant)
        return await reports.report(merchant, question)


async def write_facts(settings: Settings, merchant: str, path: Path) -> int:
    """Write all facts page by page, as CSV or, to a file with that ending, JSON lines. Returns how many. Raises as above."""
    count = 0
    async with database_stores(settings) as stores:
        reports = await _reports(stores, merchant)
        with ExitStack() as stack:
            out = sys.stdout.buffer if str(path) == "-" else stack.enter_context(path.open("wb"))
            async for lines in reports.all_facts(merchant):
                as_json = path.suffix == ".jsonl"
                out.write(jsonl_of(lines) if as_json else csv_of(lines, header=count == 0))
                count += len(lines)
            out.flush()
    return count


async def _reports(stores: Stores, merchant: str) -> FigureReports:
    try:
        await stores.clocks.get(merchant)
    except LookupError:
        raise CommandFailed(f"there is no merchant {merchant}") from None
    return FigureReports(stores.db, stores.figures, stores.clocks, stores.policies)
