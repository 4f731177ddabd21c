"""The connection of administrative commands to a deployment: its database, its Temporal server, and its failures."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.config.cluster import require_master_key
from runtime.config.deployment import is_cluster, locate
from runtime.config.deployment_file import last_addresses
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.deployment_keys import open_deployment_keys
from runtime.errors import CommandFailed, StartupError
from runtime.stores import Stores, make_stores
from services.journeys import JourneyUnavailable
from store.engine.database import Database


class DeploymentUnreachable(CommandFailed):
    """A part of the deployment does not answer; the text names it and the next step."""


@dataclass(frozen=True)
class Deployment:
    """A deployment to work on. `settings` has the addresses of its Temporal server and of its payment provider."""

    settings: Settings
    db: Database

    async def connect(self) -> Client:
        """A client of its Temporal server."""
        return await connect(self.settings)


@asynccontextmanager
async def deployment(settings: Settings, *, database_only: bool = False) -> AsyncIterator[Deployment]:
    """Open the cluster that the environment names, or what `smot up` runs on the data folder.

    `database_only`: SMOT_DATABASE alone is enough, Temporal is not needed. Raises DeploymentUnreachable, also for
    failures of the body.
    """
    with connection_errors(settings):
        if settings.database is None or not database_only:
            # Before the database is opened, which would create the file of a mistyped folder.
            settings = locate(settings)
        db = Database(settings.database_url)
        try:
            yield Deployment(settings, db)
        finally:
            await db.close()


@asynccontextmanager
async def database_stores(settings: Settings) -> AsyncIterator[Stores]:
    """The stores of a deployment, of which only the database needs to run. Raises DeploymentUnreachable."""
    async with deployment(settings, database_only=True) as running:
        if not running.settings.secrets_file.exists():
            # Else a new key would be made, which opens nothing.
            require_master_key(running.settings)
        yield make_stores(running.db, await open_deployment_keys(running.settings, running.db))


@contextmanager
def connection_errors(settings: Settings, api: str | None = None) -> Iterator[None]:
    """Turn the errors that a stopped deployment causes in its callers into DeploymentUnreachable.

    `api`: the base URL of the API, where it is what is called.
    """
    try:
        yield
    except CommandFailed:
        raise
    except StartupError as problem:
        raise DeploymentUnreachable(str(problem)) from None
    except (
        RPCError,
        JourneyUnavailable,
        aiohttp.ClientError,
        SQLAlchemyError,
        OSError,
        RuntimeError,
    ) as problem:
        what = type(problem).__name__
        raise DeploymentUnreachable(
            _no_answer_of_api(settings, api, what) if api else _no_answer(settings, what)
        ) from problem


def _no_answer(settings: Settings, what: str) -> str:
    if is_cluster(settings):
        return f"no answer from the cluster ({what}); check SMOT_DATABASE, TEMPORAL_ADDRESS and SMOT_PSP"
    return f"no answer from {settings.data} ({what}); is `smot up` running there?"


def _no_answer_of_api(settings: Settings, api: str, what: str) -> str:
    no_answer = f"no answer from the API at {api} ({what})"
    if api != last_addresses(settings.deployment_file).get("api"):
        return f"{no_answer}; check the URL of --api"
    meant = f"{no_answer}, which `smot up` served on {settings.data}; start it there again"
    return f"{meant}, or name the API of the cluster by --api" if settings.database is not None else meant
