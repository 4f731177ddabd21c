"""The processes of a deployment: each writes every few seconds that it runs, and which master keys it has."""

import os
import secrets
import socket
from datetime import timedelta

from sqlmodel import col, delete, select

from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.privacy.encryption import DeploymentKeys
from store.tables.all import ProcessRow

LIVE = timedelta(
    seconds=45
)  # a process that did not write its row for so long has ended, or has lost the database
_FORGOTTEN = timedelta(hours=1)


class Processes:
    """The table of processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, row: ProcessRow) -> None:
        """Write that the process runs, and drop rows of processes that ended long ago."""
        row.written_at = real_now()
        ended = delete(ProcessRow).where(col(ProcessRow.written_at) < row.written_at - _FORGOTTEN)
        async with self._db.write() as session:
            await upsert_all(session, [row])
            await session.exec(ended)

    async def remove(self, process: str) -> None:
        """The process ends."""
        async with self._db.write() as session:
            await session.exec(delete(ProcessRow).where(col(ProcessRow.id) == process))

    async def live(self) -> list[ProcessRow]:
        """Those that run, by kind and host."""
        running = col(ProcessRow.written_at) > real_now() - LIVE
        found = (
            select(ProcessRow)
            .where(running)
            .order_by(col(ProcessRow.kind), col(ProcessRow.host), col(ProcessRow.pid))
        )
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]


def this_process(kind: str, version: str, keys: DeploymentKeys) -> ProcessRow:
    """The row of this process, not yet written."""
    now = real_now()
    return ProcessRow(
        id=f"proc_{secrets.token_hex(8)}",
        kind=kind,
        host=socket.gethostname(),
        pid=os.getpid(),
        version=version,
        known=",".join(keys.ring.ids),
        active=keys.active,
        started_at=now,
        written_at=now,
    )
