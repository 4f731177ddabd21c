"""`smot verify` and `smot roll` against whatever runs on a folder."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from runtime.connecting import connect
from runtime.deployment import found, is_cluster, provider_of
from runtime.refusal import CannotRun
from runtime.running import NotRunning
from runtime.secrets import master_key
from runtime.settings import Settings
from runtime.verify import Report, Sources, verify
from runtime.verify.sources import SandboxProvider, TemporalJourneys
from store.database import Database
from store.idempotency import StoreIdempotency
from workflows.journeys import Journeys, NotAnswering


class Unreachable(RuntimeError):
    """A part of the deployment does not answer; the text says which and what to do."""


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turn what a stopped deployment does to its callers into one sentence."""
    try:
        yield
    except Unreachable:
        raise
    except (NotRunning, CannotRun) as problem:
        raise Unreachable(str(problem)) from None
    except (RPCError, NotAnswering, aiohttp.ClientError, SQLAlchemyError, OSError, RuntimeError) as problem:
        raise Unreachable(_silent(settings, type(problem).__name__)) from problem


def _silent(settings: Settings, what: str) -> str:
    if is_cluster(settings):
        return f"no answer from the cluster ({what}); check SMOT_DATABASE, TEMPORAL_ADDRESS and SMOT_PSP"
    return f"no answer from {settings.data} ({what}); is `smot up` running there?"


async def check(settings: Settings, *, quiesced: bool) -> Report:
    """The report of the deployment in `settings.data`. Raises Unreachable when it could not be checked."""
    with reaching(settings):
        where = found(settings)
        db = Database(settings.database_url)
        try:
            journeys = TemporalJourneys(await connect(where))
            answers = StoreIdempotency(db, master_key(settings))
            logs = [] if is_cluster(settings) else sorted(settings.data.glob("*.log*"))
            provider = SandboxProvider(provider_of(where))
            sources = Sources(db, provider, journeys, answers, showcase=journeys, logs=logs)
            report = await verify(sources, quiesced)
            begun = {"journeys": await journeys.begun()}
            return report.model_copy(update={"checked": {**report.checked, **begun}})
        finally:
            await db.close()


async def roll_all(settings: Settings) -> int:
    """Ask each open journey to continue as new; how many were asked. Raises Unreachable."""
    with reaching(settings):
        client = await connect(found(settings))
        journeys = Journeys(client)
        open_ones = await TemporalJourneys(client).running()
        for workflow_id in open_ones:
            _, merchant, order = workflow_id.split("/")
            await journeys.roll(merchant, order)
        return len(open_ones)
