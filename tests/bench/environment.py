"""What a benchmark of journeys runs on: a Temporal server, a payment provider, worker processes and a store, nothing else.

No API and no dispatcher take part, so only the measured parts run. `deployment.py` of the scenarios is the whole.
"""

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
from temporalio.client import Client

from domain.model.order import Order, Tender
from domain.model.state import JourneyState
from runtime.config.ports import choose_port
from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.processes.simulators import payment_sandbox
from runtime.telemetry.failure_redaction import DATA_CONVERTER
from services.journeys import Journeys
from store.engine.database import Database
from store.merchants.merchants import Merchants, NewMerchant
from store.migrations import upgrade
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from tests.builders import an_order, gbp
from tests.keys import deployment_keys

ROOT = Path(__file__).parents[2]
MASTER = deployment_keys(b"a master key for benchmarks, 32 bytes or more")
PLACED = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


class BenchEnvironment:
    """One store with a merchant, one Temporal server; processes are started and stopped. `database`: a URL, None for SQLite."""

    def __init__(self, folder: Path, client: Client, temporal: str, psp: str, database: str | None) -> None:
        self.folder, self.client, self.temporal, self.psp, self.database = (
            folder,
            client,
            temporal,
            psp,
            database,
        )
        self.db = Database(store_url(folder, database))
        self.orders, self.records = Orders(self.db), SnapshotStore(self.db)
        self.merchants = Merchants(self.db, MASTER)
        self.processes: dict[str, int] = {}
        self.journeys = Journeys(client, timeout=timedelta(seconds=60))

    async def merchant(self, *, sandbox: bool = True, **secrets_: str) -> str:
        """A new merchant; its clock, where it has one, is at PLACED."""
        name = f"shop-{secrets.token_hex(4)}"
        new = NewMerchant(id=name, name=name, sandbox=sandbox, clock=PLACED, webhook_secrets=secrets_)
        await self.merchants.create(new)
        return name

    async def paid_orders(self, merchant: str, count: int, placed_at: datetime = PLACED) -> list[Order]:
        """So many orders that are paid at the provider, and not placed here."""
        orders = [a_paid_order(merchant, placed_at) for _ in range(count)]
        async with aiohttp.ClientSession() as http:
            for order in orders:
                (tender,) = order.tenders
                amount = {"amount": tender.amount.minor, "currency": "GBP"}
                paid = {"payment": tender.payment, "account": merchant, **amount}
                async with http.post(f"{self.psp}/payments", json=paid) as answer:
                    assert answer.status == 201, await answer.text()
        return orders

    async def place(self, order: Order) -> JourneyState:
        """Place it; its journey is not started."""
        placed = await self.orders.place(order, "hash")
        assert placed.first is not None
        return placed.first.state

    @asynccontextmanager
    async def worker(self, name: str = "worker", profile: Path | None = None) -> AsyncIterator[None]:
        """A worker process of ours; its event loop is profiled into that file."""
        ready = self.folder / f"{name}.ready"
        argv = [self.temporal, store_url(self.folder, self.database), self.psp, str(ready)]
        argv = [sys.executable, "-m", "tests.bench.worker", *argv, *([str(profile)] if profile else [])]
        async with process(argv, ready, self.folder / f"{name}.log") as running:
            self.processes[name] = running.pid
            yield
            del self.processes[name]

    @asynccontextmanager
    async def floor_worker(self) -> AsyncIterator[None]:
        """A worker process of the floor."""
        ready = self.folder / "floor.ready"
        argv = [sys.executable, "-m", "tests.bench.floor", self.temporal, str(ready)]
        async with process(argv, ready, self.folder / "floor.log") as running:
            self.processes["floor"] = running.pid
            yield
            del self.processes["floor"]

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time that each process has used so far; `driver` is this process."""
        return {"driver": time.process_time()} | {name: cpu_of(pid) for name, pid in self.processes.items()}


@asynccontextmanager
async def bench_environment(folder: Path, database: str | None = None) -> AsyncIterator[BenchEnvironment]:
    """On SQLite in that folder, or on that migrated PostgreSQL database."""
    folder.mkdir(parents=True, exist_ok=True)
    await upgrade(store_url(folder, database))
    provider = payment_sandbox(folder / "psp.db", port := choose_port(None))
    await provider.start()
    try:
        async with EmbeddedTemporal(folder / "temporal.db") as temporal:
            client = await Client.connect(temporal.address, data_converter=DATA_CONVERTER)
            environment = BenchEnvironment(
                folder, client, temporal.address, f"http://127.0.0.1:{port}", database
            )
            environment.processes |= {"temporal": temporal.process.pid or 0, "provider": provider.pid or 0}
            yield environment
            await environment.db.close()
    finally:
        await provider.stop()


@asynccontextmanager
async def process(
    argv: Sequence[str], ready: Path, log: Path, env: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of our checkout; entered once it has written `ready`, ended by SIGTERM."""
    ready.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SMOT_")}
    with log.open("ab") as out:
        running = await asyncio.create_subprocess_exec(
            *argv, env={**environment, **(env or {})}, stdout=out, stderr=out, cwd=ROOT
        )
    try:
        async with asyncio.timeout(60):
            while not ready.exists() or not ready.read_text():
                assert running.returncode is None, log.read_text()[-2000:]
                await asyncio.sleep(0.02)
        yield running
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(running.wait(), 30)
        except TimeoutError:
            running.kill()
            raise


def cpu_of(pid: int) -> float:
    """Seconds of processor time, of user and kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def a_paid_order(merchant: str, placed_at: datetime = PLACED) -> Order:
    """The builders' order, paid by one card, under its own ids."""
    name = secrets.token_hex(8)
    tender = Tender(
        tender_id="card", kind="card", amount=gbp(6800), payment=f"pay_{name}", provider="sandbox"
    )
    return an_order(
        merchant=merchant, order=f"ord_{name}", order_id=f"#{name}", placed_at=placed_at, tenders=(tender,)
    )


def store_url(folder: Path, database: str | None) -> str:
    """For SQLAlchemy, with its driver."""
    if database is None:
        return f"sqlite+aiosqlite:///{folder / 'smot.db'}"
    return database.replace("postgresql://", "postgresql+asyncpg://", 1)


def kind_of(database: str | None) -> str:
    return "postgresql" if database else "sqlite"
