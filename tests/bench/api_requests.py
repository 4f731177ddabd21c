"""Accepting a webhook and showing a status, compared with the least a server can do on the same database.

Both get requests from 8 connections at full speed, in turn, from a client that costs almost nothing; the API runs alone.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from domain.actors import Role
from store.engine.database import Database
from store.merchants.api_keys import ApiKeys, KeyToCreate
from store.merchants.merchants import Merchants, NewMerchant
from store.migrations import upgrade
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.privacy.encryption import MasterKeyRing
from store.privacy.root_key import open_keys
from tests.bench import wire
from tests.bench.environment import a_paid_order, cpu_of, kind_of, process, store_url
from tests.bench.figures import Figure, percentile, ratio
from tests.bench.lifecycles import initial_state, registered

CONNECTIONS = 8
MASTER_KEY = base64.b64encode(b"a master key for benchmarks, 32+").decode()
SHOP = "bench"
SECRET = "whsec_" + base64.b64encode(b"a secret of the carrier").decode()


async def measure(
    folder: Path,
    *,
    database: str | None = None,
    requests: int = 1500,
    rounds: int = 3,
    profile: Path | None = None,
) -> list[Figure]:
    folder.mkdir(parents=True, exist_ok=True)
    url = store_url(folder, database)
    await upgrade(url)
    key, order = await _shop(url)
    bare_url = url.replace("smot.db", "bare.db")
    async with (
        _api_server(folder, database, profile) as (door, pid),
        _bare(folder, bare_url) as (bare, bare_pid),
    ):
        shown = _status_reads(door, key, order)
        view = await _body(door, shown(1)[0])
        await wire.all_at_once(bare, [wire.request(bare, "POST", "/view", {}, view)], 1)
        pairs = {
            "webhook accept ÷ bare INSERT": (_webhooks(door), 202, _bare_writes(bare), 202),
            "status ÷ bare SELECT": (shown, 200, _bare_reads(bare), 200),
        }
        figures = []
        for name, (ours, status, floor, floor_status) in pairs.items():
            fast: list[wire.Tally] = []
            slow: list[wire.Tally] = []
            used = [cpu_of(pid), cpu_of(bare_pid)]
            for _ in range(rounds):
                fast.append((await wire.all_at_once(bare, floor(requests), CONNECTIONS)).only(floor_status))
                slow.append((await wire.all_at_once(door, ours(requests), CONNECTIONS)).only(status))
            cpu = [
                (cpu_of(one) - before) * 1000 / rounds / requests
                for one, before in zip((pid, bare_pid), used, strict=False)
            ]
            best, bare_best = max(slow, key=_rate), max(fast, key=_rate)
            of = {
                "p50_ms": percentile(best.seconds, 50) * 1000,
                "p99_ms": percentile(best.seconds, 99) * 1000,
            }
            of |= {"cpu_ms": round(cpu[0], 2), "bare_cpu_ms": round(cpu[1], 2)}
            figures.append(ratio(f"{name}, {kind_of(database)}", best.rate, bare_best.rate, 0.6, **of))
    return figures


def _rate(one: wire.Tally) -> float:
    return one.rate


RequestMaker = Callable[[int], list[bytes]]


def _webhooks(base: str) -> RequestMaker:
    """Signed scans of parcels; accepting does not depend on whether the parcel is known."""

    def make(count: int) -> list[bytes]:
        return [signed(base, SHOP, SECRET, a_scan(f"TRK{secrets.token_hex(6)}")) for _ in range(count)]

    return make


def _status_reads(base: str, key: str, order: str) -> RequestMaker:
    headers = {"Authorization": f"Bearer {key}"}
    return lambda count: [wire.request(base, "GET", f"/v1/orders/{order}", headers)] * count


def _bare_writes(base: str) -> RequestMaker:
    body = a_scan("TRK0123456789ab")
    return lambda count: [
        wire.request(base, "POST", f"/{secrets.token_hex(8)}", {"Content-Type": "application/json"}, body)
        for _ in range(count)
    ]


def _bare_reads(base: str) -> RequestMaker:
    return lambda count: [wire.request(base, "GET", "/view", {})] * count


def a_scan(number: str, at: str = "2026-11-20T08:15:00+01:00", status: str = "in_transit") -> bytes:
    """The body of a carrier's message about one scan."""
    scan = {"at": at, "status": status, "code": "HUB-7", "location": "Leipzig, DE"}
    parcel = {"carrier": "UPS", "tracking_number": number, "scans": [scan]}
    return json.dumps({"type": "tracking.updated", "data": {"parcels": [parcel]}}).encode()


def signed(base: str, merchant: str, secret: str, body: bytes) -> bytes:
    """The request that a carrier sends with it."""
    delivery, stamp = f"msg_{secrets.token_hex(8)}", str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.digest(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }
    return wire.request(base, "POST", f"/v1/webhooks/carriers/generic/{merchant}", headers, body)


async def _shop(url: str) -> tuple[str, str]:
    """A merchant with one shipped order: its storefront's key, and our id of the order."""
    db = Database(url)
    keys = await open_keys(db, MasterKeyRing([base64.b64decode(MASTER_KEY)]))
    merchants = Merchants(db, keys)
    new = NewMerchant(id=SHOP, name=SHOP, sandbox=False, webhook_secrets={"generic": SECRET})
    await merchants.create(new)
    order = a_paid_order(SHOP)
    await Orders(db).place(order, "hash")
    state = initial_state(order)
    registered(order, "TRK1").execute(state, order.placed_at)
    state.seq += 1
    assert await SnapshotStore(db).commit(state) == "committed"
    key = await ApiKeys(db, keys).create(SHOP, KeyToCreate(Role.STOREFRONT))
    await db.close()
    assert key is not None
    return key.text, order.order


async def _body(base: str, request: bytes) -> bytes:
    async with wire.open_connections(base, 1) as (line,):
        return await line.read(request)


@asynccontextmanager
async def _api_server(
    folder: Path, database: str | None, profile: Path | None
) -> AsyncIterator[tuple[str, int]]:
    ready = folder / "api_server.ready"
    argv = [sys.executable, "-m", "tests.bench.api_server", str(ready), *([str(profile)] if profile else [])]
    env = {"SMOT_DATA": str(folder), "SMOT_MASTER_KEY": MASTER_KEY, "SMOT_RATE_WEBHOOKS": "1000000/second"}
    env |= {"SMOT_RATE_READS": "1000000/second"} | ({"SMOT_DATABASE": database} if database else {})
    async with process(argv, ready, folder / "api_server.log", env) as running:
        yield ready.read_text(), running.pid


@asynccontextmanager
async def _bare(folder: Path, url: str) -> AsyncIterator[tuple[str, int]]:
    ready = folder / "bare.ready"
    argv = [sys.executable, "-m", "tests.bench.bare", url, str(ready)]
    async with process(argv, ready, folder / "bare.log") as running:
        yield ready.read_text(), running.pid
