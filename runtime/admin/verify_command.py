"""`smot verify` and `smot continue-as-new` against whatever runs on a folder."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from runtime.config.deployment import is_cluster, locate, provider_address
from runtime.config.deployment_file import DeploymentNotFound
from runtime.config.secrets import master_key
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.errors import StartupError
from runtime.verify import Sources, VerificationReport, verify
from runtime.verify.sources import SandboxProvider, TemporalJourneys
from services.journeys import Journeys, JourneyUnavailable
from store.engine.database import Database
from store.idempotency import StoreIdempotency


class DeploymentUnreachable(RuntimeError):
    """A part of the deployment does not answer; the text says which and what to do."""


@contextmanager
def connection_errors(settings: Settings) -> Iterator[None]:
    """Turn what a stopped deployment does to its callers into one sentence."""
    try:
        yield
    except DeploymentUnreachable:
        raise
    except (DeploymentNotFound, StartupError) as problem:
        raise DeploymentUnreachable(str(problem)) from None
    except (
        RPCError,
        JourneyUnavailable,
        aiohttp.ClientError,
        SQLAlchemyError,
        OSError,
        RuntimeError,
    ) as problem:
        raise DeploymentUnreachable(_no_answer(settings, type(problem).__name__)) from problem


def _no_answer(settings: Settings, what: str) -> str:
    if is_cluster(settings):
        return f"no answer from the cluster ({what}); check SMOT_DATABASE, TEMPORAL_ADDRESS and SMOT_PSP"
    return f"no answer from {settings.data} ({what}); is `smot up` running there?"


async def check_deployment(settings: Settings, *, quiesced: bool) -> VerificationReport:
    """The report of the deployment in `settings.data`. Raises DeploymentUnreachable when it could not be checked."""
    with connection_errors(settings):
        where = locate(settings)
        db = Database(settings.database_url)
        try:
            journeys = TemporalJourneys(await connect(where))
            answers = StoreIdempotency(db, master_key(settings))
            logs = [] if is_cluster(settings) else sorted(settings.data.glob("*.log*"))
            provider = SandboxProvider(provider_address(where))
            sources = Sources(db, provider, journeys, answers, visibility=journeys, logs=logs)
            report = await verify(sources, quiesced)
            begun = {"journeys": await journeys.count_journeys()}
            return report.model_copy(update={"checked": {**report.checked, **begun}})
        finally:
            await db.close()


async def continue_all_as_new(settings: Settings) -> int:
    """Ask each open journey to continue as new; how many were asked. Raises DeploymentUnreachable."""
    with connection_errors(settings):
        client = await connect(locate(settings))
        journeys = Journeys(client)
        open_ones = await TemporalJourneys(client).open_runs()
        for workflow_id in open_ones:
            _, merchant, order = workflow_id.split("/")
            await journeys.request_continue_as_new(merchant, order)
        return len(open_ones)
