"""The real API alone, without worker and dispatcher: `python -m tests.bench.api_server READY_FILE [PROFILE]` until SIGTERM.

Settings come from the environment, as for `smot serve`, which would refuse SQLite.
"""

import asyncio
import os
import sys
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from runtime.config.settings import Settings
from runtime.processes.api_server import running_api
from runtime.wiring import make_api_parts
from store.engine.database import Database
from tests.bench.profiling import Profiling
from tests.bench.until_stopped import until_stopped


async def serve(ready: Path) -> None:
    settings = Settings()
    client = await Client.connect("127.0.0.1:1", data_converter=pydantic_data_converter, lazy=True)
    db = Database(settings.database_url)
    async with running_api(settings, await make_api_parts(settings, db, client), 0) as base:
        ready.write_text(base)
        await until_stopped()
    await db.close()


def main() -> None:
    ready, *profile = sys.argv[1:]
    profiling = Profiling()
    if profile:
        profiling.start()
    asyncio.run(serve(Path(ready)))
    if profile:
        profiling.write(Path(profile[0]))
    os._exit(0)


if __name__ == "__main__":
    main()
