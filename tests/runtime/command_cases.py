"""Runs many command lines fast: everything is imported once, and each runs in a fork of this process.

`python -m tests.runtime.command_cases` reads a JSON list of cases from standard input and prints one list of outcomes.
"""

import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import typer.main

from runtime.cli.entry_point import main
from runtime.cli.main import app

# What commands import when they run.
_HEAVY = (
    *("typer.rich_utils", "demo.command", "replay.command", "runtime.doctor", "runtime.config.schema"),
    *("runtime.admin.merchants", "runtime.admin.reconcile", "runtime.admin.replays"),
    *("runtime.admin.verify_command", "runtime.processes.serve", "runtime.processes.up"),
)
_TIMEOUT = 20  # seconds for one case


def run_case(words: list[str], env: dict[str, str]) -> dict[str, Any]:
    """Exit code, output and the files that were left in the empty folder in which it ran."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        pid = os.fork()
        if pid == 0:
            _become(words, env, folder, out.fileno(), err.fileno())
        _, status = os.waitpid(pid, 0)
        for file in (out, err):
            file.seek(0)
        left = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))
        return {
            "code": os.waitstatus_to_exitcode(status),
            "out": out.read().decode(errors="replace"),
            "err": err.read().decode(errors="replace"),
            "left": left,
        }


def _become(words: list[str], env: dict[str, str], folder: str, out: int, err: int) -> None:
    try:
        os.setsid()
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.environ.update(env)
        signal.alarm(_TIMEOUT)  # ends it with -SIGALRM
        sys.argv = ["smot", *words]
        main()
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1)
    except BaseException:  # noqa: BLE001 - must never return into the parent's loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(99)


if __name__ == "__main__":
    for module in _HEAVY:
        importlib.import_module(module)
    # Half of a case's time was this, the same for all: the tree of sixty commands.
    typer.main.get_command = cache(typer.main.get_command)
    typer.main.get_command(app)
    gc.freeze()  # a fork copies less memory
    cases = json.load(sys.stdin)
    json.dump([run_case(words, env) for words, env in cases], sys.stdout)
