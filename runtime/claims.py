"""What one instance claims for itself alone: its database file and its ports."""

import asyncio
import fcntl
import os
import socket
import time
from pathlib import Path

HOST = "127.0.0.1"

_STILL_STOPPING = 3.0  # seconds a database may stay locked by a server whose owner was killed
_AGAIN = 0.05


class FolderInUse(RuntimeError):
    """Another instance runs on this database; two servers on one file would fight over it."""


class PortTaken(RuntimeError):
    """Something else listens on the port that was asked for."""


def choose_port(wanted: int | None = None) -> int:
    """That port if it is free (else PortTaken), or any free one. Free, not reserved: use it at once."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError as refused:
            raise PortTaken(f"port {wanted} on {HOST} cannot be used: {refused.strerror}") from refused
        return int(probe.getsockname()[1])


async def lock_for(db: Path) -> int:
    """An open, locked `<db>.lock`; close it to unlock. Raises FolderInUse.

    The kernel drops the lock with its last holder, so a crash leaves none behind.
    """
    db.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(f"{db}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _STILL_STOPPING
    try:
        while not _locked(lock):
            if time.monotonic() > deadline:
                owner = os.pread(lock, 20, 0).decode() or "unknown"
                raise FolderInUse(f"{db.parent} is in use by another smot (process {owner}); stop it first")
            await asyncio.sleep(_AGAIN)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
