"""Parts that the commands share: options, settings, exit codes. Imports nothing heavy, so that `--help` is instant."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from runtime.cli.exit_codes import exit_code_of
from runtime.cli.exit_codes import print_error as print_error

if TYPE_CHECKING:
    from runtime.config.settings import Settings

P = ParamSpec("P")

Data = Annotated[
    Path, typer.Option(envvar="SMOT_DATA", help="Folder that holds everything this instance writes.")
]
Api = Annotated[
    str | None, typer.Option(help="Base URL of a cluster's API; it is called with SMOT_ADMIN_KEY.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
DEFAULT_DATA = Path(".smot")


def settings_of(**options: Any) -> "Settings":
    """The settings: options that were given, then the environment, then the defaults. Raises StartupError."""
    from runtime.config.settings_errors import read_settings

    return read_settings(**{name: value for name, value in options.items() if value is not None})


def command(main: Callable[P, Coroutine[Any, Any, int | None]]) -> Callable[P, None]:
    """Make a command of an async function that returns its exit code, or None for 0."""

    @wraps(main)
    def run_command(*args: P.args, **options: P.kwargs) -> None:
        run(main(*args, **options))

    return run_command


def process(
    name: str, level: int = logging.WARNING, programs: Sequence[str] = ()
) -> Callable[[Callable[P, Coroutine[Any, Any, int | None]]], Callable[P, None]]:
    """Make a command of an async function that serves until it is stopped, or that prepares for one that does.

    `name` marks its log lines. Unknown `SMOT_…` variables are logged as a warning first. `programs`: modules that it runs
    as processes of their own.
    """

    def decorate(main: Callable[P, Coroutine[Any, Any, int | None]]) -> Callable[P, None]:
        @wraps(main)
        def run_process(*args: P.args, **options: P.kwargs) -> None:
            without = _have_launcher(programs)

            async def checked() -> int:
                _warn_of_unknown_settings()
                if without:
                    logging.getLogger(__name__).warning("no launcher: %s", without)
                return await main(*args, **options) or 0

            run(checked(), name, level)

        return run_process

    return decorate


def run(main: Coroutine[Any, Any, int | None], process: str = "cli", level: int = logging.WARNING) -> None:
    """Run a coroutine to its end and exit with the code that it returns, None for 0. No error of it is a traceback.

    `os._exit` is used because the threads of the Temporal SDK may abort an interpreter that shuts down in full.
    """
    from runtime.telemetry.logs import configured_style, flush_spans, start_logging

    start_logging(process, configured_style(), level)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # cancels the coroutine, which may clean up
    threading.excepthook = _log_thread_error
    try:
        code = asyncio.run(main) or 0
        sys.stdout.flush()
    except BaseException as problem:  # noqa: BLE001 - the last resort: it ends the process with a line and an exit code
        code = exit_code_of(problem)
    flush_spans()
    logging.shutdown()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _log_thread_error(ended: threading.ExceptHookArgs) -> None:
    """A thread's error is a log line. The end of the event loop under its work is no error."""
    if isinstance(ended.exc_value, RuntimeError) and str(ended.exc_value) == "Event loop is closed":
        return
    logging.getLogger(__name__).error("a thread ended", exc_info=ended.exc_value)


def _have_launcher(programs: Sequence[str]) -> str | None:
    """Why programs have to be started without it, where the system refused it."""
    if not programs:
        return None
    from runtime.processes.launched_process import have_launcher

    return have_launcher(programs)


def _warn_of_unknown_settings() -> None:
    from runtime.config.settings_errors import describe_unknown_settings

    if unknown := describe_unknown_settings():
        logging.getLogger(__name__).warning("settings %s", unknown)
