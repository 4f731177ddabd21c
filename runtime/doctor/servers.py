"""The database and Temporal: do they answer, do they hold what we expect, do their clocks agree with ours?"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    PollWorkflowTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.config.deployment import is_cluster, locate
from runtime.config.deployment_file import DeploymentNotFound
from runtime.config.schema import state_of
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.doctor.finding import Finding, error, ok, warning
from runtime.doctor.machine import holder_of
from runtime.errors import StartupError
from store.engine.columns import real_now
from store.engine.database import Database

Now = Callable[[], datetime]

_TIMEOUT = 10.0  # seconds for one server
_MAX_SKEW = timedelta(seconds=30)  # two clocks that differ by more are not both right
_POLL_INTERVAL = 0.05


async def database(settings: Settings, now: Now = real_now) -> list[Finding]:
    """Reachable, of this version, and of the same opinion about the time."""
    if settings.database is None and not (settings.data / "smot.db").exists():
        return [ok("database", "made at the first start")]
    try:
        async with asyncio.timeout(_TIMEOUT):
            state = await state_of(settings)
            found = [_tables(settings, state.status, state.revision)]
            if settings.database is not None:
                found.append(_clock("database clock", await _database_clock(settings), now()))
    except TimeoutError:
        return [error("database", f"no answer within {_TIMEOUT:g} s", "look at the server and SMOT_DATABASE")]
    except StartupError as problem:
        return [error("database", str(problem), "look at the server and SMOT_DATABASE")]
    return found


def _tables(settings: Settings, status: str, revision: str | None) -> Finding:
    says = f"answers, its tables are {status} (revision {revision or 'none'})"
    if status == "current":
        return ok("database", says)
    if status == "newer":
        return error("database", says, "start the version of smot that made them, or restore a backup")
    if is_cluster(settings):
        return error("database", says, "run `smot migrate`")
    return warning("database", says, "`smot up` brings them up to date, after a copy")


async def _database_clock(settings: Settings) -> datetime:
    db = Database(settings.database_url)
    try:
        async with db.read() as session:
            told = await (await session.connection()).execute(text("SELECT clock_timestamp()"))
            instant: datetime = told.scalar_one()
            return instant
    finally:
        await db.close()


async def temporal(settings: Settings, now: Now = real_now) -> list[Finding]:
    """Reachable, with our namespace, keeping journeys long enough, and of the same opinion about the time."""
    if not is_cluster(settings) and not holder_of(settings):
        return [ok("temporal", "not running; it runs while `smot up` does")]
    try:
        async with asyncio.timeout(_TIMEOUT):
            client = await connect(locate(settings))
            kept = await _retention(client)
            theirs = await server_clock(client)
    except TimeoutError:
        return [error("temporal", f"no answer within {_TIMEOUT:g} s", "look at the server and its address")]
    except (StartupError, DeploymentNotFound, RuntimeError, RPCError, ValueError) as problem:
        return [
            error("temporal", _short(problem), "look at the server, TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE")
        ]
    says = f"answers; namespace {client.namespace} keeps closed journeys for {kept.days} days"
    enough = kept >= settings.retention
    told = (
        ok("temporal", says)
        if enough
        else warning("temporal", says, f"raise it to {settings.retention.days}")
    )
    return [told, _clock("temporal clock", theirs, now())]


async def _retention(client: Client) -> timedelta:
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    known = await client.workflow_service.describe_namespace(asked)
    return known.config.workflow_execution_retention_ttl.ToTimedelta()


async def server_clock(client: Client) -> datetime:
    """What time the server believes it is: it notes when somebody asks for work, so we ask, on a queue of our own."""
    queue = TaskQueue(name=f"smot-doctor-{secrets.token_hex(4)}")
    asked = PollWorkflowTaskQueueRequest(namespace=client.namespace, task_queue=queue, identity="smot doctor")
    polling = asyncio.create_task(client.workflow_service.poll_workflow_task_queue(asked))
    kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
    who = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=queue, task_queue_type=kind)
    try:
        while True:
            seen = await client.workflow_service.describe_task_queue(who)
            if seen.pollers:
                return seen.pollers[0].last_access_time.ToDatetime(UTC)
            await asyncio.sleep(_POLL_INTERVAL)
    finally:
        polling.cancel()
        with contextlib.suppress(asyncio.CancelledError, RPCError):
            await polling


def _clock(what: str, theirs: datetime, ours: datetime) -> Finding:
    apart = abs(theirs - ours)
    if apart <= _MAX_SKEW:
        return ok(what, "agrees with ours")
    ahead = "ahead of" if theirs > ours else "behind"
    return error(
        what,
        f"is {timedelta(seconds=round(apart.total_seconds()))} {ahead} ours",
        "set both by NTP: promises, deadlines and signatures are judged by the clock",
    )


def _short(problem: Exception) -> str:
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__
