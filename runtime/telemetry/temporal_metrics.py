"""Logs and metrics of the Temporal SDK, and the metrics of processes without an API."""

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

from runtime.errors import StartupError
from services.metrics import LOOP_LAG, REGISTRY

_SAMPLE_INTERVAL = 0.5  # seconds between two measurements
_SAMPLES = 30  # measurements of which the metric shows the worst


def start_sdk(metrics: str | None = None) -> None:
    """Create the SDK's runtime, once and before any client. Its core writes to our logs, and its metrics are served at `metrics`.

    `metrics`: host:port, or None. Raises StartupError when that address is taken.
    """
    logs = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
    )
    served = PrometheusConfig(bind_address=metrics, durations_as_seconds=True) if metrics else None
    try:
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=logs, metrics=served)))
    except (RuntimeError, ValueError) as problem:
        raise StartupError(f"SMOT_WORKER_METRICS={metrics}: {problem}") from problem


def serve_metrics(address: str) -> None:
    """Serve the metrics of this process in a thread. Raises StartupError when that address is taken."""
    host, _, port = address.rpartition(":")
    try:
        start_http_server(int(port), host.strip("[]"), registry=REGISTRY)
    except OSError as problem:
        raise StartupError(f"SMOT_WORKER_METRICS={address}: {problem.strerror}") from problem


def nth_port(address: str | None, n: int) -> str | None:
    """The address with the n-th port after it, as each process needs a port of its own."""
    if address is None:
        return None
    host, _, port = address.rpartition(":")
    return f"{host}:{int(port) + n}"


async def measure_loop_lag() -> None:
    """Measure until cancelled how late the event loop runs what is due; the metric shows the worst of the last 15 seconds."""
    loop, lags = asyncio.get_running_loop(), deque([0.0], maxlen=_SAMPLES)
    while True:
        due = loop.time() + _SAMPLE_INTERVAL
        await asyncio.sleep(_SAMPLE_INTERVAL)
        lags.append(max(0.0, loop.time() - due))
        LOOP_LAG.set(max(lags))
