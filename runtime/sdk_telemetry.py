"""What the Temporal SDK tells of itself, and what a process without an API shows of its own."""

import asyncio
import logging
from collections import deque

from prometheus_client import start_http_server
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from api.meters import LOOP_LAG, REGISTRY
from runtime.refusal import CannotRun

_EVERY = 0.5  # seconds between two looks at the loop
_SPAN = 30  # looks that the figure is the worst of


def start_sdk(metrics: str | None = None) -> None:
    """Make the SDK's runtime, once and before any client: its core logs through us. `metrics`: host:port to show them at.

    Raises CannotRun when that address is taken.
    """
    logs = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
    )
    shown = PrometheusConfig(bind_address=metrics, durations_as_seconds=True) if metrics else None
    try:
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=logs, metrics=shown)))
    except (RuntimeError, ValueError) as problem:
        raise CannotRun(f"SMOT_WORKER_METRICS={metrics}: {problem}") from problem


def show_meters(at: str) -> None:
    """Serve this process's own meters there, in a thread. Raises CannotRun when that address is taken."""
    host, _, port = at.rpartition(":")
    try:
        start_http_server(int(port), host.strip("[]"), registry=REGISTRY)
    except OSError as problem:
        raise CannotRun(f"SMOT_WORKER_METRICS={at}: {problem.strerror}") from problem


def nth_port(at: str | None, n: int) -> str | None:
    """The address of the process after `n` others: each needs a port of its own."""
    if at is None:
        return None
    host, _, port = at.rpartition(":")
    return f"{host}:{int(port) + n}"


async def watch_loop() -> None:
    """Until cancelled: how late this process's loop comes to what is due, the worst of the last 15 seconds."""
    loop, lags = asyncio.get_running_loop(), deque([0.0], maxlen=_SPAN)
    while True:
        due = loop.time() + _EVERY
        await asyncio.sleep(_EVERY)
        lags.append(max(0.0, loop.time() - due))
        LOOP_LAG.set(max(lags))
