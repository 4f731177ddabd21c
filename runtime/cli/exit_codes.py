"""How a command ends when something went wrong: one sentence on standard error, and the exit code."""

import asyncio

import typer

INTERRUPTED = 130  # as shells have it for SIGINT
_NO_READER = 141  # as shells have it for SIGPIPE
_FAULT = 70  # EX_SOFTWARE of sysexits.h


def print_error(problem: object) -> int:
    """Print the problem to standard error; return 2, the exit code of a command that could not do its work."""
    typer.echo(f"smot: {problem}", err=True)
    return 2


def exit_code_of(problem: BaseException) -> int:
    """Print one sentence about the problem and return the exit code.

    2: an expected error. 1: a task of the process failed. 130: interrupted. 141: the reader of our output has ended, which
    needs no sentence. 70: a fault of smot.
    """
    from runtime.errors import CommandFailed, StartupError
    from runtime.processes.lifecycle import StoppedWhileStarting, TaskFailed

    match problem:
        case KeyboardInterrupt() | asyncio.CancelledError():
            typer.echo("smot: interrupted", err=True)
            return INTERRUPTED
        case StoppedWhileStarting():
            print_error(problem)
            return problem.exit_code
        case BrokenPipeError():
            return _NO_READER
        case StartupError() | CommandFailed():
            return print_error(problem)
        case OSError():
            return print_error(_sentence(problem))
        case TaskFailed():
            print_error(problem)
            return 1
    from runtime.telemetry.redaction import described

    print_error(f"this is a fault of smot, please report it: {' '.join(described(problem).split())}")
    return _FAULT


def _sentence(problem: OSError) -> str:
    if problem.strerror is None:
        return str(problem)
    return f"{problem.filename}: {problem.strerror}" if problem.filename else problem.strerror
