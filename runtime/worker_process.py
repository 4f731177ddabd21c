"""The worker as a process of its own: `python -m runtime.worker_process`, settings from the environment."""

import asyncio
import contextlib
import logging
import os
import signal

from runtime.settings import Settings
from runtime.wiring import connect, make_activities
from runtime.worker import make_worker
from store.database import Database


async def work(settings: Settings) -> None:
    """Run until SIGTERM; says that it is ready by writing its process id into `worker.ready`."""
    assert settings.temporal is not None, "a worker needs SMOT_TEMPORAL"
    assert settings.psp is not None, "a worker needs SMOT_PSP"
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    db = Database(settings.database_url)
    client = await connect(settings.temporal)
    records, payments, provider = make_activities(settings, db, settings.psp)
    worker = make_worker(client, records, payments)
    running = asyncio.create_task(worker.run())
    stopping = asyncio.create_task(stop.wait())
    settings.worker_ready_file.write_text(str(os.getpid()))
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        await worker.shutdown()
    try:
        await running
    finally:
        stopping.cancel()
        with contextlib.suppress(OSError):
            settings.worker_ready_file.unlink()
        await provider.close()
        await db.close()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(work(Settings()))
    logging.shutdown()
    os._exit(0)  # the SDK's threads may abort an interpreter that exits the long way


if __name__ == "__main__":
    main()
