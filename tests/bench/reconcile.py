"""How long it takes to compare a provider's list with the ledger: the sandbox provider over HTTP, the ledger in the database."""

import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from adapters.payments.sandbox import SandboxPayments
from domain import payment_keys
from runtime.config.ports import choose_port
from runtime.processes.simulators import payment_sandbox
from services.payments.reconciliation import PaymentReconciliation, ReconcileResult
from simulators.payments.payment_store import PaymentStore
from store.engine.database import Database
from store.ledger.differences import PaymentDifferences
from store.ledger.provider_legs import ProviderLegs
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.migrations import upgrade
from store.tables.all import LegRow, PaymentRow
from tests.bench.environment import store_url
from tests.bench.figures import Figure
from tests.keys import deployment_keys

GOAL = 60.0  # seconds for 100,000 refunds
_BATCH = 2000
_MERCHANT = "acme"


async def measure(folder: Path, *, database: str | None = None, refunds: int = 100_000) -> list[Figure]:
    """Seconds for so many refunds, of which one in a thousand differs."""
    folder.mkdir(parents=True, exist_ok=True)
    url = store_url(folder, database)
    await upgrade(url)
    db, file = Database(url), folder / "psp.db"
    server = payment_sandbox(file, port := choose_port(None))
    provider = SandboxPayments(f"http://127.0.0.1:{port}")
    try:
        await _fill(db, file, refunds)
        await server.start()
        began = time.perf_counter()
        result = await _compare(db, provider)
        seconds = time.perf_counter() - began
    finally:
        await provider.close()
        await server.stop()
        await db.close()
    assert (result.refunds, result.legs) == (refunds, refunds), result
    assert result.differences == -(-refunds // 1000), result
    goal = GOAL if refunds == 100_000 else None
    kind = "PostgreSQL" if database else "SQLite"
    return [Figure(f"{refunds:,} refunds compared, {kind}", seconds, "s", goal, at_most=True)]


async def _compare(db: Database, provider: SandboxPayments) -> ReconcileResult:
    parts = PaymentReconciliation({"sandbox": provider}, ProviderLegs(db), PaymentDifferences(db), Clocks(db))
    return await parts.run(_MERCHANT, "sandbox", datetime.now(UTC) - timedelta(days=35))


async def _fill(db: Database, file: Path, refunds: int) -> None:
    """The same refunds in the ledger and at the provider; every thousandth has another amount there."""
    await Merchants(db, deployment_keys(b"a master key of 32 bytes........")).create(
        NewMerchant(id=_MERCHANT, name="Acme", sandbox=False)
    )
    opened = datetime.now(UTC) - timedelta(days=1)
    legs = [
        payment_keys.leg(payment_keys.occasion_of_return(f"ret_{n:07}", 1), "card", 1) for n in range(refunds)
    ]
    for begin in range(0, refunds, _BATCH):
        numbers = range(begin, min(begin + _BATCH, refunds))
        async with db.write() as session:
            connection = await session.connection()
            await connection.execute(insert(LegRow), [_leg(n, legs[n], opened) for n in numbers])
            await connection.execute(
                insert(PaymentRow),
                [{"merchant": _MERCHANT, "payment": f"pay_{n}", "order": f"ord_{n}"} for n in numbers],
            )
    _fill_provider(file, opened, legs)


def _fill_provider(file: Path, opened: datetime, legs: list[str]) -> None:
    PaymentStore(file).close()  # which makes the tables
    at = opened.isoformat()
    payments = [(f"pay_{n}", _MERCHANT, 5000, "GBP", _amount(n)) for n in range(len(legs))]
    refunds = [
        (f"re_{n}", f"pay_{n}", _amount(n), "GBP", leg, json.dumps({"leg": leg}), at, "succeeded", at)
        for n, leg in enumerate(payment_keys.provider_refund(_MERCHANT, leg) for leg in legs)
    ]
    with sqlite3.connect(file) as provider:
        provider.executemany("INSERT INTO payments VALUES (?, ?, ?, ?, ?)", payments)
        provider.executemany(
            "INSERT INTO refunds (id, payment, amount, currency, leg, metadata, created_at, status, changed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            refunds,
        )


def _amount(number: int) -> int:
    """At the provider; the ledger has 1000 of each."""
    return 1001 if number % 1000 == 0 else 1000


def _leg(number: int, key: str, opened: datetime) -> dict[str, object]:
    return {
        "merchant": _MERCHANT, "key": key, "order": f"ord_{number}", "occasion": f"return/ret_{number:07}/1",
        "purpose": "refund", "tender_id": "card", "provider": "sandbox", "principal": 1000, "bonus": 0, "currency": "GBP",
        "status": "settled", "reference": f"re_{number}", "decline": "", "created_at": opened, "sent_at": opened,
    }  # fmt: skip
