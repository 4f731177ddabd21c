"""`smot dispositions`: reads what became of goods that came back, in the database of a deployment."""

from runtime.admin.connection import database_stores
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from services.figures.dispositions import DispositionReports, DispositionTable


async def read_dispositions(settings: Settings, merchant: str, year: int) -> DispositionTable:
    """The table of that year. Raises DeploymentUnreachable, and CommandFailed for an unknown merchant."""
    async with database_stores(settings) as stores:
        try:
            await stores.clocks.get(merchant)
        except LookupError:
            raise CommandFailed(f"there is no merchant {merchant}") from None
        return await DispositionReports(stores.figures).of_year(merchant, year)
