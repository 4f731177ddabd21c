"""Workers and dispatcher as processes beside a supervisor: a crash of one leaves the others alone, each may use a core."""

import os
import sys
from pathlib import Path

from runtime.config.settings import Settings
from runtime.processes.grace_periods import STOP
from runtime.processes.managed_process import ManagedProcess


def worker_process(
    settings: Settings,
    name: str,
    ready: Path,
    *,
    log: Path | None = None,
) -> ManagedProcess:
    """A Temporal worker. It writes its process id to the file `ready`; without `log` its output is our standard error."""
    worker = ManagedProcess(
        name,
        _argv("runtime.processes.worker_process", ready),
        log,
        lambda: _is_ready(ready, worker),
        stop_timeout=STOP,
        env=_environment(settings),
    )
    return worker


def dispatcher_process(
    settings: Settings, name: str, ready: Path, *, log: Path | None = None
) -> ManagedProcess:
    """The dispatcher, likewise. Several may run, but one is enough."""
    dispatcher = ManagedProcess(
        name,
        _argv("runtime.processes.dispatcher_process", ready),
        log,
        lambda: _is_ready(ready, dispatcher),
        stop_timeout=STOP,
        env=_environment(settings),
    )
    return dispatcher


def _argv(module: str, ready: Path) -> list[str]:
    return [sys.executable, "-m", module, "--ready", str(ready.absolute())]


async def _is_ready(file: Path, process: ManagedProcess) -> bool:
    """The file holds the process id: that of an earlier process may still be in it."""
    return _content(file) == str(process.pid)


def _content(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _environment(settings: Settings) -> dict[str, str]:
    """Our `SMOT_…` variables, and over them those settings that options or the start of the other parts have changed."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("SMOT_")}
    changed = {
        "SMOT_DATA": str(settings.data.absolute()),
        "SMOT_PROVIDER_TIMEOUT": str(settings.provider_timeout),
        "SMOT_TEMPORAL": settings.temporal,
        "SMOT_PSP": settings.psp,
        "SMOT_WORKER_METRICS": settings.worker_metrics,
    }
    return {**variables, **{name: value for name, value in changed.items() if value is not None}}
