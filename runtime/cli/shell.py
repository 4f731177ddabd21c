"""Parts that the commands share: options, settings, exit codes. Imports nothing heavy, so that `--help` is instant."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

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


def print_error(problem: object) -> int:
    """Print the problem to standard error; return 2, the exit code of a command that could not do its work."""
    typer.echo(f"smot: {problem}", err=True)
    return 2


def command(main: Callable[P, Coroutine[Any, Any, int | None]]) -> Callable[P, None]:
    """Make a command of an async function that returns its exit code, or None for 0."""

    @wraps(main)
    def run_command(*args: P.args, **options: P.kwargs) -> None:
        run(_exit_code(main(*args, **options)))

    return run_command


def process(
    name: str, level: int = logging.WARNING
) -> Callable[[Callable[P, Coroutine[Any, Any, int | None]]], Callable[P, None]]:
    """Make a command of an async function that serves until it is stopped, or that prepares for one that does.

    `name` marks its log lines. Unknown `SMOT_…` variables are logged as a warning first.
    """

    def decorate(main: Callable[P, Coroutine[Any, Any, int | None]]) -> Callable[P, None]:
        @wraps(main)
        def run_process(*args: P.args, **options: P.kwargs) -> None:
            async def checked() -> int:
                _warn_of_unknown_settings()
                return await _exit_code(main(*args, **options))

            run(checked(), name, level)

        return run_process

    return decorate


def run(main: Coroutine[Any, Any, int], process: str = "cli", level: int = logging.WARNING) -> None:
    """Run a coroutine to its end and exit with the code that it returns.

    `os._exit` is used because the threads of the Temporal SDK may abort an interpreter that shuts down in full.
    """
    from runtime.telemetry.logs import configured_style, flush_spans, start_logging

    start_logging(process, configured_style(), level)
    code = asyncio.run(main)
    flush_spans()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _exit_code(main: Coroutine[Any, Any, int | None]) -> int:
    """Exit code 2 and a sentence for an expected error, 1 when a task of the process failed."""
    from runtime.errors import CommandFailed, StartupError
    from runtime.processes.lifecycle import TaskFailed

    try:
        return await main or 0
    except (StartupError, CommandFailed, OSError) as problem:
        return print_error(problem)
    except TaskFailed as problem:
        print_error(problem)
        return 1


def _warn_of_unknown_settings() -> None:
    from runtime.config.settings_errors import describe_unknown_settings

    if unknown := describe_unknown_settings():
        logging.getLogger(__name__).warning("settings %s", unknown)
