"""The simulators that `smot up` starts as processes beside it: the sandbox payment provider and the carriers."""

import sys
from pathlib import Path

import aiohttp

from runtime.config.ports import HOST
from runtime.processes.managed_process import ManagedProcess

_PROBE_TIMEOUT = 1.0  # seconds for one readiness check


def payment_sandbox(file: Path, port: int) -> ManagedProcess:
    """The sandbox payment provider. Its database is `file`, its base URL `http://127.0.0.1:{port}`."""
    return _simulator("sandbox payments", "simulators.payments.server", file, port)


def carrier_simulator(file: Path, port: int) -> ManagedProcess:
    """The carrier simulator, likewise."""
    return _simulator("carrier simulator", "simulators.carriers.server", file, port)


def _simulator(name: str, module: str, file: Path, port: int) -> ManagedProcess:
    argv = [sys.executable, "-m", module, "--port", str(port), "--file", str(file.resolve())]
    return ManagedProcess(name, argv, file.resolve().with_suffix(".log"), lambda: _is_healthy(port))


async def _is_healthy(port: int) -> bool:
    timeout = aiohttp.ClientTimeout(total=_PROBE_TIMEOUT)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"http://{HOST}:{port}/healthz") as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
