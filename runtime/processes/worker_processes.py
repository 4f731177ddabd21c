"""Our own programs beside a supervisor: workers and the dispatcher. The crash of one is not ours, and each may have a core."""

import os
import sys
from pathlib import Path

from runtime.config.settings import Settings
from runtime.processes.supervised import ManagedProcess

_STOP_TIMEOUT = 30.0  # seconds for what runs to end when it is asked to stop


def worker_process(
    settings: Settings,
    name: str,
    ready: Path,
    *,
    log: Path | None = None,
    stop_timeout: float = _STOP_TIMEOUT,
) -> ManagedProcess:
    """A Temporal worker. `ready`: a file for its use alone. Without `log` it writes to our standard error."""
    return _managed_process(settings, "runtime.processes.worker_process", name, ready, log, stop_timeout)


def dispatcher_process(
    settings: Settings, name: str, ready: Path, *, log: Path | None = None
) -> ManagedProcess:
    """The dispatcher; several may run, but one is enough."""
    return _managed_process(settings, "runtime.processes.dispatcher_process", name, ready, log, _STOP_TIMEOUT)


def _managed_process(
    settings: Settings, module: str, name: str, ready: Path, log: Path | None, stop_timeout: float
) -> ManagedProcess:
    async def is_ready() -> bool:
        return _content(ready) == str(child.pid)

    argv = [sys.executable, "-m", module, "--ready", str(ready.absolute())]
    child = ManagedProcess(name, argv, log, is_ready, stop_timeout=stop_timeout, env=_environment(settings))
    return child


def _content(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _environment(settings: Settings) -> dict[str, str]:
    """Our settings as they are now, over those that we were given by the environment."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("SMOT_")}
    set_now = {
        "SMOT_DATA": str(settings.data.absolute()),
        "SMOT_PROVIDER_TIMEOUT": str(settings.provider_timeout),
        "SMOT_TEMPORAL": settings.temporal,
        "SMOT_PSP": settings.psp,
        "SMOT_WORKER_METRICS": settings.worker_metrics,
    }
    return {**ours, **{name: value for name, value in set_now.items() if value is not None}}
