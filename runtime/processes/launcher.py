"""The process that starts our programs as forks of itself: `smot up` and `smot worker` have one, on Linux.

Most of a start is imports. The launcher makes them once, while the command that has it begins; after that a program starts
or restarts in milliseconds, and shares the memory of what was imported. A program is no child of the launcher but of the command,
which waits for it and stops it as any other (`runtime/processes/launched_process.py`).
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from failpoints.points import arm

MAX_REQUEST: Final = 1 << 20  # bytes; most of a request is the environment
ORPHANED: Final = 125  # exit code when the command was gone, or had stopped waiting, before the program began
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_POLL_INTERVAL = 0.0005  # seconds
_ARGUMENTS, _ENVIRONMENT = 45, 47  # places after the name in /proc/PID/stat: begin, and end in the next one


def fork_launcher(programs: Sequence[str]) -> tuple[int, socket.socket]:
    """Fork it from this process, which has neither threads nor an event loop yet. Raises OSError; then there is none.

    Returns its process id and the connection for requests. It ends with this process, which becomes the parent of all that
    it starts. `programs`: modules that it imports.
    """
    command = os.getpid()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        pid = os.fork()
    except OSError:
        ours.close()
        raise
    else:
        if pid == 0:
            ours.close()
            _run(its, command, programs)
    finally:
        its.close()
    return pid, ours


def _run(requests: socket.socket, command: int, programs: Sequence[str]) -> NoReturn:
    """Never returns into the command's own code, whatever happens. Errors of imports show in the programs themselves."""
    try:
        os.setsid()  # Ctrl-C reaches the command first
        end_with(command)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.close(nothing)
        _set_title([__name__])
        _forget_settings()
        for program in programs:
            importlib.import_module(program)
        gc.collect()
        gc.freeze()  # a collection would copy the memory that is shared
        _serve(requests, command)
    except BaseException:  # noqa: BLE001 - the last resort: the command starts its programs without a launcher
        traceback.print_exc()
    finally:
        os._exit(1)


def _serve(requests: socket.socket, command: int) -> None:
    """Start a program for each message. It answers with its process id by itself; the launcher answers 0 where there is none."""
    while True:
        message, streams, _, _ = socket.recv_fds(requests, MAX_REQUEST, 1)
        if not message:
            return
        if not _start(json.loads(message), streams[0], requests, command):
            requests.send(b"0")
        os.close(streams[0])


def _start(request: dict[str, Any], out: int, requests: socket.socket, command: int) -> bool:
    """Fork twice: the kernel gives the second to the command as soon as the first has ended."""
    between = os.fork()
    if between == 0:
        between = os.getpid()
        if os.fork() != 0:
            os._exit(0)
        while os.getppid() == between:
            time.sleep(_POLL_INTERVAL)
        _become(request, out, requests, command)
    _, status = os.waitpid(between, 0)
    return status == 0


def _become(request: dict[str, Any], out: int, requests: socket.socket, command: int) -> NoReturn:
    """Run the program as `python -m` would.

    It answers itself, so that no end of the launcher leaves a program that the command does not know; where the command has
    stopped waiting, the answer fails and the program never begins. Before it has a session no signal would reach it.
    """
    code = 1
    try:
        end_with(command)
        os.setsid()
        _answer(requests)
        _prepare(request, out)
        code = _run_module(request["words"])
    except BaseException:  # noqa: BLE001 - the last resort, as the interpreter has it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _answer(requests: socket.socket) -> None:
    try:
        requests.send(str(os.getpid()).encode())
    except OSError:
        os._exit(ORPHANED)
    requests.close()


def _prepare(request: dict[str, Any], out: int) -> None:
    for stream in (1, 2):
        os.dup2(out, stream)
    os.close(out)
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["environment"])
    arm(os.environ)
    gc.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _set_title(request["words"])


def _run_module(words: Sequence[str]) -> int:
    """Its exit code."""
    module, *options = words
    sys.argv = [module, *options]
    sys.modules.pop(module, None)  # the main program must not run as the module that was imported
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    return 0


def end_with(command: int) -> None:
    """The kernel kills this process when the command ends. For children of the command."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != command:
        os._exit(ORPHANED)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _set_title(words: Sequence[str]) -> None:
    """What `ps` shows, instead of the command's own words; as much of it as their memory holds."""
    begin, end = _memory(_ARGUMENTS)
    if begin < end:
        title = "\0".join(words).encode()[: end - begin - 1]
        ctypes.memmove(begin, title.ljust(end - begin, b"\0"), end - begin)


def _forget_settings() -> None:
    """Each program is given what it needs of our settings. The kernel would show those of the command in all of them."""
    kept = without_our_settings(os.environ)
    os.environ.clear()
    begin, end = _memory(_ENVIRONMENT)
    ctypes.memset(begin, 0, end - begin)
    os.environ.update(kept)


def _memory(place: int) -> tuple[int, int]:
    """Begin and end of what the kernel shows of this process, in /proc/PID/cmdline or /proc/PID/environ."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[place]), int(fields[place + 1])


def without_our_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without our settings: they may hold secrets that the program does not need."""
    return {name: value for name, value in environment.items() if not name.startswith("SMOT_")}
