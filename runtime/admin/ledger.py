"""`smot ledger`: reads the journal in the database of a deployment."""

import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from runtime.admin.connection import database_stores
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from runtime.stores import Stores
from services.ledger_reports import AccountTotal, LedgerReports, Period, csv_of

Between = tuple[datetime | None, datetime | None]


async def read_trial_balance(settings: Settings, merchant: str, between: Between) -> list[AccountTotal]:
    """The trial balance of the period. Raises DeploymentUnreachable, and CommandFailed for an unknown merchant."""
    async with database_stores(settings) as stores:
        reports = await _reports(stores, merchant)
        return await reports.trial_balance(merchant, _period(between))


async def write_journal(settings: Settings, merchant: str, between: Between, path: Path) -> int:
    """Write the postings of the period as CSV, page by page; `-` is standard output. Returns how many. Raises as above."""
    count = 0
    async with database_stores(settings) as stores:
        reports = await _reports(stores, merchant)
        with ExitStack() as stack:
            out = sys.stdout.buffer if str(path) == "-" else stack.enter_context(path.open("wb"))
            async for lines in reports.all_lines(merchant, _period(between)):
                out.write(csv_of(lines, header=count == 0))
                count += len(lines)
            out.flush()
    return count


async def _reports(stores: Stores, merchant: str) -> LedgerReports:
    try:
        await stores.clocks.get(merchant)
    except LookupError:
        raise CommandFailed(f"there is no merchant {merchant}") from None
    return LedgerReports(stores.db, stores.vault)


def _period(between: Between) -> Period:
    return Period(since=between[0], until=between[1])
