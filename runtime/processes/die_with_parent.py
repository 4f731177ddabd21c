"""Run a program so that it dies with us: `python -I -S shim.py tie|watch PARENT program args…`.

Started by runtime/processes/supervised.py, never imported by it. A kill -9 of the parent runs no clean-up of ours, so the
tie must be made beforehand: on Linux the kernel kills the program (`tie`, which needs no process), elsewhere
a watcher does (`watch`). SIGKILL, as a SIGTERM that hangs would leave an orphan that holds the database.
"""

import os
import signal
import sys
import time

ORPHANED = 125  # exit code when the parent was gone before the program began
_PR_SET_PDEATHSIG = 1
_WATCH_EVERY = 0.1  # seconds


def tie(parent: int, argv: list[str]) -> None:
    """Become the program; the kernel kills it when the thread that started us ends. Linux only."""
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the tie was made: nobody would ever tell us
        os._exit(ORPHANED)
    os.execvp(argv[0], argv)


def watch(parent: int, argv: list[str]) -> None:
    """Start the program and stay beside it: kill it when the parent is gone, end with its exit code."""
    signal.signal(
        signal.SIGTERM, lambda *_: None
    )  # the group gets it too; a handler, as SIG_IGN would be inherited
    program = os.fork()
    if program == 0:
        os.execvp(argv[0], argv)
    while True:
        done, status = os.waitpid(program, os.WNOHANG)
        if done:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        if os.getppid() != parent:
            os.kill(program, signal.SIGKILL)
        time.sleep(_WATCH_EVERY)


if __name__ == "__main__":
    how = {"tie": tie, "watch": watch}[sys.argv[1]]
    how(int(sys.argv[2]), sys.argv[3:])
