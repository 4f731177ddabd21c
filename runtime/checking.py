"""`smot verify` and `smot roll` against whatever runs on a folder."""

from runtime.running import Running
from runtime.settings import Settings
from runtime.verify import Report, Sources, verify
from runtime.verify.sources import SandboxProvider, TemporalJourneys
from runtime.wiring import connect
from store.database import Database
from workflows.journeys import Journeys


async def check(settings: Settings, *, quiesced: bool) -> Report:
    """The report of the deployment in `settings.data`. Raises NotRunning, OSError or RuntimeError when it does not answer."""
    running = Running.read(settings.running_file)
    db = Database(settings.database_url)
    try:
        journeys = TemporalJourneys(await connect(running.temporal))
        return await verify(Sources(db, SandboxProvider(running.psp), journeys), quiesced)
    finally:
        await db.close()


async def roll_all(settings: Settings) -> int:
    """Ask each open journey to continue as new; how many were asked."""
    client = await connect(Running.read(settings.running_file).temporal)
    journeys = Journeys(client)
    open_ones = await TemporalJourneys(client).running()
    for workflow_id in open_ones:
        _, merchant, order = workflow_id.split("/")
        await journeys.roll(merchant, order)
    return len(open_ones)
