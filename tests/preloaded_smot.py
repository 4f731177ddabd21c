"""Runs the command line in processes that begin with everything imported: `python -m tests.preloaded_smot SOCKET`.

A command of `smot` needs a second of processor time for its imports, and the tests run some hundred, `smot up` among them. Here
one process imports them, and is forked for each command: main program, arguments, environment, folder, streams and exit code
are as those of `python -m runtime.cli.main`. It has no threads, and ends with its standard input.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

import runtime
from failpoints.points import arm
from runtime.processes.launcher import end_with

MAX_REQUEST = 1 << 20  # bytes; most of a request is the environment
_MAIN = "runtime.cli.main"
_SIMULATORS = ("simulators.payments.server", "simulators.carriers.server")


def main(address: str) -> None:
    """Serve one request for each connection: a line of JSON with three streams, answered with process id and exit code."""
    names = [module.name for module in pkgutil.walk_packages(runtime.__path__, "runtime.")]
    for name in (*names, *_SIMULATORS):
        importlib.import_module(name)
    gc.freeze()  # a collection would copy the shared memory
    here = os.getpid()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nothing waits for the processes that serve
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            end_with(here)
            _serve(connection)
            return
        connection.close()


def _serve(connection: socket.socket) -> None:
    text, streams, _, _ = socket.recv_fds(connection, MAX_REQUEST, 3)
    while not text.endswith(b"\n"):
        text += connection.recv(MAX_REQUEST)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server = os.getpid()
    command = os.fork()
    if command == 0:
        connection.close()
        end_with(server)
        _become(json.loads(text), streams)
    os.setpgid(command, command)  # a signal to all of it does not reach its siblings
    for stream in streams:
        os.close(stream)
    connection.sendall(f"{command}\n".encode())
    _, status = os.waitpid(command, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: dict[str, Any], streams: Sequence[int]) -> None:
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    arm(os.environ)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = ["smot", *request["words"]]
    del sys.modules[_MAIN]  # runs anew, as the main program
    runpy.run_module(_MAIN, run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
