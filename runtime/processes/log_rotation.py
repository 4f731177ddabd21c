"""Logs of the programs beside us, kept short: a full file is copied away and emptied while the program goes on writing.

Copied and emptied instead of read through a pipe: a pipe would stop the Temporal server whenever we are too busy to read.
The price: a line written in the moment between the last byte's copy and the emptying is lost.
"""

import asyncio
import os
from collections.abc import Sequence
from io import BufferedWriter
from pathlib import Path
from typing import NoReturn

MAX_BYTES = 8 * 1024 * 1024  # bytes of one file; what is written until the next look comes on top
BACKUP_COUNT = 3  # older files beside it: temporal.log.1 is the newest
_CHECK_INTERVAL = 2.0  # seconds between two looks
_CHUNK = 1024 * 1024


async def rotate_forever(
    logs: Sequence[Path], max_bytes: int = MAX_BYTES, interval: float = _CHECK_INTERVAL
) -> NoReturn:
    """Look at the files for ever. A full disk ends nothing: the next look tries again."""
    while True:
        for log in logs:
            await asyncio.to_thread(rotate, log, max_bytes)
        await asyncio.sleep(interval)


def rotate(log: Path, max_bytes: int = MAX_BYTES) -> bool:
    """Move the content away if it is too much; was it?"""
    try:
        if log.stat().st_size <= max_bytes:
            return False
        for number in range(BACKUP_COUNT - 1, 0, -1):
            older = _numbered(log, number)
            if older.exists():
                older.replace(_numbered(log, number + 1))
        with log.open("r+b") as full, _private(_numbered(log, 1)) as copy:
            while piece := full.read(_CHUNK):
                copy.write(piece)
            full.truncate(0)  # the program appends, so it goes on at the beginning
    except OSError:
        return False  # nothing was written yet, or the disk is full: the next look tries again
    return True


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")


def _private(path: Path) -> BufferedWriter:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
