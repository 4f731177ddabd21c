"""Runs a program that dies with its parent: `python -I -S die_with_parent.py tie|watch PARENT program args…`.

Started by runtime/processes/managed_process.py and never imported by it. A parent that is killed by SIGKILL runs no clean-up,
so the program must be bound to it in advance: on Linux by the kernel (`tie`, which needs no further process), elsewhere by
a process that watches the parent (`watch`). The program gets SIGKILL: one that hung after SIGTERM would go on to hold the
database without a supervisor.
"""

import os
import signal
import sys
import time

ORPHANED = 125  # exit code when the parent was gone before the program began
_PR_SET_PDEATHSIG = 1
_WATCH_INTERVAL = 0.1  # seconds


def tie(parent: int, argv: list[str]) -> None:
    """Become the program; the kernel kills it when the thread that started it ends. Linux only."""
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # the parent died before prctl, so the kernel will never send the signal
        os._exit(ORPHANED)
    os.execvp(argv[0], argv)


def watch(parent: int, argv: list[str]) -> None:
    """Start the program and watch the parent: kill the program when the parent is gone, exit with its exit code."""
    # The whole process group gets SIGTERM. A handler instead of SIG_IGN, which the program would inherit.
    signal.signal(signal.SIGTERM, lambda *_: None)
    program = os.fork()
    if program == 0:
        os.execvp(argv[0], argv)
    while True:
        done, status = os.waitpid(program, os.WNOHANG)
        if done:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        if os.getppid() != parent:
            os.kill(program, signal.SIGKILL)
        time.sleep(_WATCH_INTERVAL)


if __name__ == "__main__":
    run = {"tie": tie, "watch": watch}[sys.argv[1]]
    run(int(sys.argv[2]), sys.argv[3:])
