"""Small files of the product: written whole or not at all, and readable by their owner only."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP)  # file systems without hard links


def create_file(path: Path, text: str) -> None:
    """Write a new file. Raises FileExistsError: a secret is never overwritten; OSError, and then nothing is left behind."""
    with _written(path, text) as fresh:
        try:
            os.link(fresh, path)
        except OSError as problem:
            if problem.errno not in _NO_LINKS:
                raise
            if path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
            fresh.replace(path)
    _sync_folder(path.parent)


def replace_file(path: Path, text: str) -> None:
    """Write a file in place of an older one. Readers see the old text or the new one. Raises OSError, and keeps the old one."""
    with _written(path, text) as fresh:
        fresh.replace(path)
    _sync_folder(path.parent)


@contextlib.contextmanager
def _written(path: Path, text: str) -> Iterator[Path]:
    """A file with that text beside `path`, on the disk already. It is removed at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where folders can be synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
