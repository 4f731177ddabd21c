"""The real worker for benchmarks: `python -m tests.bench.worker ADDRESS STORE_URL PSP READY_FILE [PROFILE]` until SIGTERM.

`PROFILE`: a file for where it spent its time, see profiling.py.
"""

import asyncio
import os
import sys
from pathlib import Path

from temporalio.client import Client

from activities.carriers import CarrierActivities, CarrierPoller
from activities.payments import PaymentActivities
from activities.snapshots import SnapshotActivities
from adapters.payments.sandbox import SandboxPayments
from runtime.processes.lifecycle import freeze_gc
from runtime.processes.worker import make_worker
from runtime.telemetry.failure_redaction import DATA_CONVERTER
from store.engine.database import Database
from store.ledger.refunds import StoredLedger
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.orders.snapshots import SnapshotStore
from tests.bench.profiling import Profiling
from tests.bench.until_stopped import until_stopped
from tests.keys import deployment_keys


async def work(address: str, url: str, psp: str, ready: Path) -> None:
    db, provider = Database(url), SandboxPayments(psp)
    client = await Client.connect(address, data_converter=DATA_CONVERTER)
    records = SnapshotStore(db)
    nobody = CarrierActivities(
        CarrierPoller(
            StoredCarrierAccounts(db, deployment_keys(b"no shop of a benchmark has an account")), {}
        ),
        records,
    )
    worker = make_worker(
        client,
        SnapshotActivities(records),
        PaymentActivities(StoredLedger(db), {provider.name: provider}),
        nobody,
    )
    async with worker:
        freeze_gc()
        ready.write_text(str(os.getpid()))
        await until_stopped()
    await provider.close()
    await db.close()


def main() -> None:
    address, url, psp, ready, *profile = sys.argv[1:]
    profiling = Profiling()
    if profile:
        profiling.start()
    asyncio.run(work(address, url, psp, Path(ready)))
    if profile:
        profiling.write(Path(profile[0]))
    os._exit(0)


if __name__ == "__main__":
    main()
