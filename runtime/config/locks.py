"""What one instance claims for itself alone: its database file and its ports."""

import asyncio
import errno
import fcntl
import os
import secrets
import socket
import time
from pathlib import Path

from runtime.errors import StartupError

HOST = "127.0.0.1"

_LOCK_TIMEOUT = 3.0  # seconds a database may stay locked by a server whose owner was killed
_RETRY_INTERVAL = 0.05
# Below what the kernel hands out by itself: there another's outgoing connection has it before our server listens, or
# while it is started again.
_PORT_RANGE = range(20_000, 32_000)


class FolderInUse(StartupError):
    """Another instance runs on this database; two servers on one file would fight over it."""


class PortTaken(StartupError):
    """Something else listens on the port that was asked for."""


def choose_port(wanted: int | None = None, setting: str = "its setting") -> int:
    """That port if it is free (else PortTaken, naming the setting), or any free one. Free, not reserved: use it at once."""
    if wanted:
        return _free(wanted, setting)
    for _ in range(100):
        try:
            return _free(secrets.choice(_PORT_RANGE), setting)
        except PortTaken:
            continue
    return _free(0, setting)


def _free(wanted: int, setting: str) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as refused:
            raise PortTaken(
                f"port {wanted} on {HOST} cannot be used ({refused.strerror}); free it, or change it by {setting}"
            ) from refused
        return int(probe.getsockname()[1])


def ensure_data_folder(data: Path) -> None:
    """Have the folder, for its owner only. Raises StartupError when nothing can be written there."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(data, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable for this user")
    except OSError as problem:
        raise StartupError(
            f"the data folder {data} cannot be used ({problem.strerror}); set another by --data or SMOT_DATA"
        ) from problem


async def lock_database(db: Path) -> int:
    """An open, locked `<db>.lock`; close it to unlock. Raises FolderInUse.

    The kernel drops the lock with its last holder, so a crash leaves none behind.
    """
    db.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(f"{db}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _LOCK_TIMEOUT
    try:
        while not _locked(lock):
            if time.monotonic() > deadline:
                owner = os.pread(lock, 20, 0).decode() or "unknown"
                raise FolderInUse(f"{db.parent} is in use by another smot (process {owner}); stop it first")
            await asyncio.sleep(_RETRY_INTERVAL)
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
