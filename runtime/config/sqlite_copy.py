"""A copy of a SQLite database, also while another process writes to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path


def copy_sqlite(source: Path, target: Path) -> Path:
    """Copy the database as of one moment to `target`, which its owner alone can read; it is replaced whole or not at all.

    By SQLite's backup API: the file alone may lack what is still in its write-ahead log. Raises sqlite3.Error, OSError.
    """
    fresh = target.with_name(f"{target.name}.part")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
    return fresh.replace(target)
