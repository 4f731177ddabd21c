"""Checks of the database and of Temporal: they answer, have what this version needs, and their clocks agree with ours."""

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
from runtime.config.secrets import BadMasterKey
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.deployment_keys import LostMasterKey, open_deployment_keys
from runtime.doctor.finding import Finding, error, ok, warning
from runtime.doctor.machine import running_instance
from runtime.errors import StartupError
from store.engine.columns import real_now
from store.engine.database import Database
from store.privacy.root_key import find_root

Now = Callable[[], datetime]

_TIMEOUT = 10.0  # seconds for one server
_MAX_SKEW = timedelta(seconds=30)  # if two clocks differ by more, one of them is wrong
_POLL_INTERVAL = 0.05


async def database(settings: Settings, now: Now = real_now) -> list[Finding]:
    """The database answers, has the tables of this version, and its clock agrees with ours."""
    if settings.database is None and not (settings.data / "smot.db").exists():
        return [ok("database", "will be created at the first start")]
    try:
        async with asyncio.timeout(_TIMEOUT):
            state = await state_of(settings)
            findings = [_tables(settings, state.status, state.revision)]
            if state.status == "current":
                findings += await _master_key(settings)
            if settings.database is not None:
                findings.append(_clock("database clock", await _database_clock(settings), now()))
    except TimeoutError:
        return [error("database", f"no answer within {_TIMEOUT:g} s", "check the server and SMOT_DATABASE")]
    except StartupError as problem:
        return [error("database", str(problem), "check the server and SMOT_DATABASE")]
    return findings


def _tables(settings: Settings, status: str, revision: str | None) -> Finding:
    message = f"answers, its tables are {status} (revision {revision or 'none'})"
    if status == "current":
        return ok("database", message)
    if status == "newer":
        return error("database", message, "start the version of smot that created them, or restore a backup")
    if is_cluster(settings):
        return error("database", message, "run `smot migrate`")
    return warning("database", message, "`smot up` upgrades them, after a copy of the file")


async def _master_key(settings: Settings) -> list[Finding]:
    """An error when the database is sealed with a master key that is not here. Nothing is made in a new database."""
    db = Database(settings.database_url)
    try:
        if await find_root(db) is not None:
            await open_deployment_keys(settings, db)
    except LostMasterKey as problem:
        return [error("master key", str(problem), "restore the key from its backup")]
    except BadMasterKey:
        return []  # machine.master_key_of reports it
    finally:
        await db.close()
    return []


async def _database_clock(settings: Settings) -> datetime:
    db = Database(settings.database_url)
    try:
        async with db.read() as session:
            result = await (await session.connection()).execute(text("SELECT clock_timestamp()"))
            instant: datetime = result.scalar_one()
            return instant
    finally:
        await db.close()


async def temporal(settings: Settings, now: Now = real_now) -> list[Finding]:
    """Temporal answers, has our namespace, keeps closed journeys long enough, and its clock agrees with ours."""
    if not is_cluster(settings) and not running_instance(settings):
        return [ok("temporal", "not running; `smot up` starts it")]
    try:
        async with asyncio.timeout(_TIMEOUT):
            client = await connect(locate(settings))
            retention = await _retention(client)
            server_time = await server_clock(client)
    except TimeoutError:
        return [error("temporal", f"no answer within {_TIMEOUT:g} s", "check the server and its address")]
    except (StartupError, DeploymentNotFound, RuntimeError, RPCError, ValueError) as problem:
        return [
            error("temporal", _short(problem), "check the server, TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE")
        ]
    message = f"answers; namespace {client.namespace} keeps closed journeys for {retention.days} days"
    finding = (
        ok("temporal", message)
        if retention >= settings.retention
        else warning("temporal", message, f"raise it to {settings.retention.days}")
    )
    return [finding, _clock("temporal clock", server_time, now())]


async def _retention(client: Client) -> timedelta:
    request = DescribeNamespaceRequest(namespace=client.namespace)
    described = await client.workflow_service.describe_namespace(request)
    return described.config.workflow_execution_retention_ttl.ToTimedelta()


async def server_clock(client: Client) -> datetime:
    """The time of the Temporal server.

    It has no call for it, but it records when a worker last polled a task queue, so a queue of our own is polled and described.
    """
    queue = TaskQueue(name=f"smot-doctor-{secrets.token_hex(4)}")
    poll = PollWorkflowTaskQueueRequest(namespace=client.namespace, task_queue=queue, identity="smot doctor")
    polling = asyncio.create_task(client.workflow_service.poll_workflow_task_queue(poll))
    kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
    describe = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=queue, task_queue_type=kind)
    try:
        while True:
            described = await client.workflow_service.describe_task_queue(describe)
            if described.pollers:
                return described.pollers[0].last_access_time.ToDatetime(UTC)
            await asyncio.sleep(_POLL_INTERVAL)
    finally:
        polling.cancel()
        with contextlib.suppress(asyncio.CancelledError, RPCError):
            await polling


def _clock(check: str, theirs: datetime, ours: datetime) -> Finding:
    skew = abs(theirs - ours)
    if skew <= _MAX_SKEW:
        return ok(check, "agrees with ours")
    ahead = "ahead of" if theirs > ours else "behind"
    return error(
        check,
        f"is {timedelta(seconds=round(skew.total_seconds()))} {ahead} ours",
        "set both by NTP: promises, deadlines and signatures depend on the clock",
    )


def _short(problem: Exception) -> str:
    """Its first line, or its type if it has no text."""
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__
