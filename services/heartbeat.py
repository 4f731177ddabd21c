"""What each process does every few seconds: it writes that it runs, learns of new master keys, and writes uses of API keys."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.isolation import isolated_round
from store.engine.database import Database
from store.merchants.api_keys import ApiKeys
from store.privacy.encryption import DeploymentKeys
from store.privacy.processes import Processes
from store.privacy.root_key import read_active
from store.tables.all import ProcessRow

INTERVAL = 10.0  # seconds; far below `processes.LIVE`


@dataclass(frozen=True)
class Heartbeat:
    """Of one process. `api_keys`: None for a process that authenticates no caller."""

    db: Database
    processes: Processes
    keys: DeploymentKeys
    row: ProcessRow
    api_keys: ApiKeys | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Beat beside the body; at its end the process is no longer listed."""
        beating = asyncio.create_task(self._beat_forever())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await isolated_round("heartbeat", self.processes.remove(self.row.id))

    async def beat(self) -> None:
        """Once. The new master key is known here before another process is told so."""
        self.keys.ring.reload()
        active = await read_active(self.db)
        if active in self.keys.ring.ids:
            self.keys.active = active
        self.row.known, self.row.active = ",".join(self.keys.ring.ids), self.keys.active
        await self.processes.write(self.row)
        if self.api_keys is not None:
            await self.api_keys.write_uses()

    async def _beat_forever(self) -> None:
        while True:
            await isolated_round("heartbeat", self.beat())
            await asyncio.sleep(INTERVAL)
