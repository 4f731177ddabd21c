"""What all commands of the command line share: options, settings, and how they end. Imports nothing heavy."""

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from runtime.config.settings import Settings

Data = Annotated[
    Path, typer.Option(envvar="SMOT_DATA", help="Folder that holds everything this instance writes.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


def settings_of(**given: Any) -> "Settings":
    """Settings from the options that were given, the environment and the defaults; a wrong one ends the command."""
    from runtime.config.settings_errors import read_settings
    from runtime.errors import StartupError

    try:
        return read_settings(**{name: value for name, value in given.items() if value is not None})
    except StartupError as problem:
        raise typer.Exit(print_error(problem)) from None


def print_error(problem: object) -> int:
    """Say it on standard error; the exit code for what could not be done."""
    typer.echo(f"smot: {problem}", err=True)
    return 2


def run(main: Coroutine[Any, Any, int], process: str = "cli", level: int = logging.WARNING) -> None:
    """Run it, and leave without the interpreter's long goodbye: the Temporal SDK's threads may abort that.

    `process` names what runs in its log lines; what serves says more than warnings.
    """
    from runtime.telemetry.logs import configured_style, flush_spans, start_logging

    start_logging(process, configured_style(), level)
    code = asyncio.run(main)
    flush_spans()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
