"""The main function of worker and dispatcher processes: settings, signals, ready file, exit code."""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from runtime.config.private_file import replace_file
from runtime.config.settings import Settings
from runtime.config.settings_errors import read_settings
from runtime.errors import StartupError
from runtime.processes.lifecycle import freeze_gc, shutdown_event
from runtime.telemetry.logs import configured_style, flush_spans, start_logging

Work = Callable[[Settings, asyncio.Event, Callable[[], None]], Awaitable[None]]


def run_child(work: Work) -> None:
    """Run `work(settings, stop, ready)` and exit. `--ready FILE` names the file that `ready()` writes our process id to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready", type=Path, required=True, help="file that gets our process id")
    file: Path = parser.parse_args().ready
    start_logging(file.stem, configured_style())
    try:
        asyncio.run(_run(work, file))
        code = 0
    except StartupError as problem:
        sys.stderr.write(f"smot: {problem}\n")
        code = 2
    flush_spans()
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # the threads of the Temporal SDK may abort an interpreter that shuts down in full


async def _run(work: Work, file: Path) -> None:
    async with _ready_file(file) as ready:
        await work(read_settings(), shutdown_event(), ready)


@contextlib.asynccontextmanager
async def _ready_file(file: Path) -> AsyncIterator[Callable[[], None]]:
    """A function that writes the ready file; the file is removed at the end."""

    def ready() -> None:
        freeze_gc()
        replace_file(file, str(os.getpid()))  # the supervisor must never read half of a number

    try:
        yield ready
    finally:
        with contextlib.suppress(OSError):
            file.unlink()  # noqa: ASYNC240 - a short local file
