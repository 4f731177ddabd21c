"""Rotates the logs of child processes: a full file is copied and truncated while the program goes on writing to it.

The output is not read through a pipe, because a full pipe would stop the Temporal server whenever this process is too busy
to read. In exchange, a line written between the copy of the last byte and the truncation is lost.
"""

import asyncio
import os
from collections.abc import Sequence
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO, NoReturn

MAX_BYTES = 8 * 1024 * 1024  # bytes of one file, plus what is written until the next check
BACKUP_COUNT = 3  # older files that are kept: temporal.log.1 is the newest
_CHECK_INTERVAL = 2.0  # seconds between two checks
_CHUNK = 1024 * 1024


async def rotate_forever(
    logs: Sequence[Path], max_bytes: int = MAX_BYTES, interval: float = _CHECK_INTERVAL
) -> NoReturn:
    """Rotate full logs until cancelled. After an error, as of a full disk, the next check tries again."""
    while True:
        for log in logs:
            if _is_full(log, max_bytes):
                await asyncio.to_thread(rotate, log, max_bytes)
        await asyncio.sleep(interval)


def rotate(log: Path, max_bytes: int = MAX_BYTES) -> bool:
    """Move the content to the first backup if the file is too large; return whether it was moved."""
    try:
        if not _is_full(log, max_bytes):
            return False
        for number in range(BACKUP_COUNT - 1, 0, -1):
            older = _numbered(log, number)
            if older.exists():
                older.replace(_numbered(log, number + 1))
        with log.open("r+b") as full, _private(_numbered(log, 1)) as copy:
            _copy_lines(full, copy)
            full.truncate(0)  # the program appends, so it continues at the beginning
    except OSError:
        return False  # there is no file yet, or the disk is full
    return True


def _copy_lines(full: BinaryIO, copy: BinaryIO) -> None:
    """Without the beginning of a line that is being written: the kernel shows a write over two pages in two steps."""
    written = whole = 0
    while piece := full.read(_CHUNK):
        copy.write(piece)
        if b"\n" in piece:
            whole = written + piece.rindex(b"\n") + 1
        written += len(piece)
    if whole:
        copy.truncate(whole)


def _is_full(log: Path, max_bytes: int) -> bool:
    """False also where there is no file yet."""
    try:
        return log.stat().st_size > max_bytes
    except OSError:
        return False


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")


def _private(path: Path) -> BufferedWriter:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
