"""The Temporal client and namespace of all processes, on the server of `smot up` or on that of a cluster."""

import asyncio
import logging
import time
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile, ClientConnectConfig
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from runtime.config.settings import Settings
from runtime.errors import StartupError
from runtime.telemetry.failure_redaction import DATA_CONVERTER
from runtime.telemetry.tracing import interceptors

log = logging.getLogger(__name__)

NAMESPACE = "default"
# A client reconnects soon after the server is back, because it waits at most a second between tries.
_RETRIES = RetryConfig(max_interval_millis=1000, max_elapsed_time_millis=5000)
_POLL_INTERVAL = 0.3  # seconds between two attempts to reach a server
_NAMESPACE_TIMEOUT = 30.0  # seconds until all services of the server know a new namespace
# Errors of a cloud for a client that may not administer the namespace, or not to this extent.
_NOT_PERMITTED = {
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.UNAUTHENTICATED,
}


async def connect(settings: Settings) -> Client:
    """A connected client.

    `settings.temporal` is the address of the server of `smot up`. Without it, the `TEMPORAL_…` variables and the profile that
    they name give the address, the namespace, and the certificate or key.

    Raises StartupError for a profile or TLS file that cannot be used, RuntimeError when the server does not answer.
    """
    how = profile(settings)
    tls, api_key = how.get("tls", False), how.get("api_key")
    return await Client.connect(
        how.get("target_host", ""),
        namespace=how.get("namespace", NAMESPACE),
        api_key=api_key,
        tls=tls,
        rpc_metadata=how.get("rpc_metadata", {}),
        data_converter=DATA_CONVERTER,
        retry_config=_RETRIES,
        interceptors=interceptors(),
    )


def profile(settings: Settings) -> ClientConnectConfig:
    """The connection settings, with the contents of their files. Raises StartupError."""
    if settings.temporal is not None:
        return ClientConnectConfig(target_host=settings.temporal, namespace=NAMESPACE)
    try:
        how = ClientConfigProfile.load().to_client_connect_config()
    except FileNotFoundError as problem:
        raise StartupError(
            f"TEMPORAL_… names a file that is not there: {problem.filename or problem}"
        ) from problem
    except (OSError, RuntimeError, ValueError) as problem:
        raise StartupError(f"TEMPORAL_… cannot be used: {problem}") from problem
    if "target_host" not in how:
        raise StartupError("TEMPORAL_ADDRESS is not set: set it to host:port of your Temporal server")
    return how


async def connect_and_wait(settings: Settings, wait_seconds: float = 10.0) -> Client:
    """A client of a server that answers, with our namespace. Waits for the server for `wait_seconds`. Raises StartupError."""
    address = profile(settings).get("target_host", "")
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            async with asyncio.timeout(wait_seconds):
                client = await connect(settings)
            break
        except StartupError:
            raise
        except ValueError as problem:
            raise StartupError(f"{address!r} is no address of a Temporal server: {problem}") from problem
        except (RuntimeError, RPCError, TimeoutError) as problem:
            if time.monotonic() > deadline:
                raise StartupError(
                    f"no Temporal server answered at {address} within {wait_seconds:g} s; check TEMPORAL_ADDRESS and TLS"
                ) from problem
        await asyncio.sleep(_POLL_INTERVAL)
    await ensure_namespace(client, settings.retention)
    return client


async def ensure_namespace(client: Client, retention: timedelta) -> None:
    """Create the namespace if it is missing, and raise its retention to that of the settings. Safe to repeat.

    If this client may not do so, as in a cloud, the namespace is used as it is, with a warning in the log.
    Raises StartupError.
    """
    service, name = client.workflow_service, client.namespace
    try:
        known = await service.describe_namespace(DescribeNamespaceRequest(namespace=name))
    except RPCError as problem:
        if problem.status == RPCStatusCode.NOT_FOUND:
            await _register_namespace(client, retention)
        elif problem.status in _NOT_PERMITTED:
            log.warning(
                "not permitted to read namespace %s (%s); it is used as it is", name, problem.status.name
            )
        else:
            raise StartupError(
                f"Temporal does not say whether namespace {name} exists: {problem}"
            ) from problem
        return
    if known.config.workflow_execution_retention_ttl.ToTimedelta() >= retention:
        return
    config = NamespaceConfig(workflow_execution_retention_ttl=_duration(retention))
    try:
        await service.update_namespace(UpdateNamespaceRequest(namespace=name, config=config))
    except RPCError as problem:
        if problem.status not in _NOT_PERMITTED:
            raise StartupError(f"the retention of namespace {name} cannot be raised: {problem}") from problem
        log.warning("not permitted to raise the retention of namespace %s (%s)", name, problem.status.name)


async def _register_namespace(client: Client, retention: timedelta) -> None:
    service, name = client.workflow_service, client.namespace
    wanted = RegisterNamespaceRequest(
        namespace=name, workflow_execution_retention_period=_duration(retention)
    )
    try:
        await service.register_namespace(wanted)
        log.info("namespace %s was created", name)
    except RPCError as problem:
        if problem.status != RPCStatusCode.ALREADY_EXISTS:
            raise StartupError(
                f"Temporal has no namespace {name} and does not permit smot to create it ({problem.status.name}): "
                "create it there, or set TEMPORAL_NAMESPACE to one that exists"
            ) from problem
    try:
        async with asyncio.timeout(_NAMESPACE_TIMEOUT):
            while not await _usable(client):  # noqa: ASYNC110 - the server sends no event
                await asyncio.sleep(_POLL_INTERVAL)
    except TimeoutError:
        raise StartupError(
            f"namespace {name} was created, and is still not usable after {_NAMESPACE_TIMEOUT:g} s"
        ) from None


async def _usable(client: Client) -> bool:
    """All services of the server know the namespace: they learn of it one after the other, the one that lists workflows last."""
    try:
        async for _ in client.list_workflows(limit=1):
            break
    except RPCError as problem:
        if problem.status == RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


def _duration(retention: timedelta) -> Duration:
    wanted = Duration()
    wanted.FromTimedelta(retention)
    return wanted
