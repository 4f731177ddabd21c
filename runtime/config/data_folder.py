"""The data folder of `smot up`: it is private to its owner and locked by one instance at a time."""

import asyncio
import errno
import fcntl
import os
import time
from pathlib import Path

from runtime.errors import StartupError

_LOCK_TIMEOUT = 3.0  # seconds that a database may stay locked by a server whose supervisor was killed
_RETRY_INTERVAL = 0.05  # seconds


class FolderInUse(StartupError):
    """Another instance runs on this database. Two servers on one file would damage it."""


def ensure_data_folder(data: Path) -> None:
    """Create the folder if it is missing, for its owner only. Raises StartupError when it cannot be written to."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(data, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable for this user")
    except OSError as problem:
        raise StartupError(
            f"the data folder {data} cannot be used ({problem.strerror}); set another by --data or SMOT_DATA"
        ) from problem


async def lock_database(db: Path) -> int:
    """Lock `<db>.lock` and return its file descriptor; closing it unlocks. Raises FolderInUse.

    The kernel drops the lock with the last process that holds it, so a crash leaves no lock behind.
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


def lock_owner(db: Path) -> str | None:
    """The process id that holds the lock of that database, "unknown" if it wrote none; None when it is unlocked."""
    file = Path(f"{db}.lock")
    if not os.access(file, os.R_OK):
        return None
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return lock.read(20) or "unknown"
    return None


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
