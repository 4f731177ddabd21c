"""A number that changes with every commit to a SQLite file, so that a process without work need not query its tables."""

import sqlite3
from pathlib import Path


class CommitCounter:
    """SQLite's `data_version` of one connection: a look takes some microseconds and no lock that a writer waits for.

    For one thread. `value` is None when nothing is known: the file cannot be opened, or a recovery runs on it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def value(self) -> int | None:
        """The number now; it changes when any other connection, also of another process, has committed."""
        try:
            if self._connection is None:
                uri = f"{self._file.absolute().as_uri()}?mode=rw"
                self._connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
