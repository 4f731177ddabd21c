"""A carrier's payload to scans, compared with the karrio SDK on it; and a journey of 200 scans folded, and its agenda.

karrio (LGPL) is no part of ours: it is installed into a separate environment in the temporary folder of the benchmark.
Processor time, ours the best of some rounds: beside other work wall time would measure the other work.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.carriers.aftership import AfterShip
from adapters.carriers.easypost import EasyPost
from domain.journey import agenda
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, Scan, fold
from ports.carriers import CarrierSource
from tests.bench.figures import Figure, ratio
from tests.builders import PLACED, a_parcel, a_state

NOW = datetime(2026, 11, 25, tzinfo=UTC)
SIZES = (12, 24, 48)  # scans: payloads of about 5, 9 and 19 kB
SCANS = 200
_INSTALL = ("karrio==2026.1.32", "karrio-easypost==2026.1.32")
_KARRIO = Path(__file__).with_name("karrio_payloads.py")


async def measure(
    folder: Path, *, database: str | None = None, seconds: float = 1.0, rounds: int = 3
) -> list[Figure]:
    """Payloads per second and their ratio to karrio's, where it can be installed; the milliseconds of a long journey."""
    figures = await asyncio.to_thread(_journey, seconds)
    bodies = [easypost(count) for count in SIZES]
    floors = await asyncio.to_thread(karrio_rates, folder, bodies, seconds)
    for place, (count, body) in enumerate(zip(SIZES, bodies, strict=True)):
        rate_ = await _best(EasyPost(), body, seconds, rounds)
        name = f"payload of {len(body) / 1000:.0f} kB to scans"
        if floors:
            figures.append(ratio(f"{name} ÷ karrio, easypost", rate_, floors[place], 10.0, scans=count))
        else:
            figures.append(Figure(f"{name}, easypost", round(rate_), "per s", of={"scans": count}))
        other = aftership(count)
        best = round(await _best(AfterShip(), other, seconds, rounds))
        name = f"payload of {len(other) / 1000:.0f} kB to scans, aftership"
        figures.append(Figure(name, best, "per s", of={"scans": count}))
    return figures


async def _best(source: CarrierSource, body: bytes, seconds: float, rounds: int) -> float:
    return max([await asyncio.to_thread(rate, source, body, seconds) for _ in range(rounds)])


def rate(source: CarrierSource, body: bytes, seconds: float) -> float:
    """Payloads read per second of processor time."""
    [parcel] = source.read(body, NOW).parcels
    assert len(parcel.update.scans) in SIZES
    return 1 / _cost(lambda: source.read(body, NOW), seconds)


def _cost(work: Callable[[], Any], seconds: float) -> float:
    """Seconds of this thread's processor time for one call, after a first one."""
    work()
    began, done = time.thread_time(), 0
    while (spent := time.thread_time() - began) < seconds:
        work()
        done += 1
    return spent / done


def _journey(seconds: float) -> list[Figure]:
    """Fold of 200 scans in random order, and the agenda that has to fold them first."""
    scans = many_scans()
    state = a_state()
    parcel = a_parcel(
        state, scans=scans, estimate=Estimate(reported_at=PLACED, at=PLACED + timedelta(days=3))
    )

    def fold_and_plan() -> None:
        parcel.scans = parcel.scans[1:] + parcel.scans[:1]  # other scans than those last folded
        agenda.next_action(state)

    folded = _cost(lambda: fold(scans), seconds) * 1000
    looked = _cost(fold_and_plan, seconds) * 1000
    return [
        Figure(
            f"fold and agenda, {SCANS} scans",
            round(looked, 3),
            "ms",
            1.0,
            at_most=True,
            of={"fold_ms": round(folded, 3)},
        )
    ]


def many_scans() -> list[Scan]:
    """As many scans as hours, reported in another order."""
    numbers = [number * 77 % SCANS for number in range(SCANS)]
    return [
        Scan(
            key=f"{n:032}",
            at=PLACED + timedelta(hours=n / 4),
            status=ParcelStatus.IN_TRANSIT,
            code="in_transit/x",
        )
        for n in numbers
    ]


def easypost(count: int) -> bytes:
    """A tracker's event with so many details."""
    words = ("arrived_at_facility", "departed_facility", "in_transit")
    start = datetime(2026, 11, 1, 8, tzinfo=UTC)
    details = [
        {
            "object": "TrackingDetail",
            "message": f"Arrived at a carrier's location {number}",
            "description": "Arrived at a carrier's location",
            "status": "in_transit",
            "status_detail": words[number % 3],
            "datetime": f"{start + timedelta(hours=3 * number):%Y-%m-%dT%H:%M:%SZ}",
            "source": "FedEx",
            "carrier_code": "AR",
            "tracking_location": {
                "object": "TrackingLocation",
                "city": f"TOWN {number}",
                "state": "FL",
                "country": "US",
                "zip": "32809",
            },
        }
        for number in range(count)
    ]
    tracker = {
        "id": "trk_1", "object": "Tracker", "tracking_code": "1", "status": "in_transit", "status_detail": "in_transit",
        "created_at": "2026-11-01T07:00:00Z", "updated_at": "2026-11-20T19:26:51Z", "signed_by": None, "carrier": "FedEx",
        "est_delivery_date": "2026-11-26T00:00:00Z", "tracking_details": details,
    }  # fmt: skip
    return json.dumps({"id": "evt_1", "description": "tracker.updated", "result": tracker}).encode()


def aftership(count: int) -> bytes:
    """A tracking's event with so many checkpoints, their wall times without a zone."""
    words = ("InTransit_003", "InTransit_007", "InTransit_001")
    start = datetime(2026, 11, 1, 8, tzinfo=UTC)
    checkpoints = [
        {
            "slug": "usps", "created_at": "2026-11-17T09:00:00+00:00", "location": f"TOWN {number}, FL, USA",
            "message": f"Arrived at a carrier's location {number}", "tag": "InTransit", "subtag": words[number % 3],
            "subtag_message": "Arrival scan", "checkpoint_time": f"{start + timedelta(hours=3 * number):%Y-%m-%dT%H:%M:%S}",
            "city": f"TOWN {number}", "state": "FL", "country_iso3": "USA", "coordinates": [], "raw_tag": "AR",
        }
        for number in range(count)
    ]  # fmt: skip
    msg = {"tracking_number": "1", "slug": "usps", "tag": "InTransit", "checkpoints": checkpoints}
    return json.dumps({"event": "tracking_update", "event_id": "e1", "msg": msg, "ts": 1795010700}).encode()


def karrio_rates(folder: Path, bodies: list[bytes], seconds: float) -> list[float]:
    """Payloads that karrio parses per second of processor time, from the tracker's JSON text to its own events.

    Empty where it cannot be installed or has not answered in time, as without a package index.
    """
    python = folder / "karrio" / "bin" / "python"
    job = json.dumps({"seconds": seconds, "events": [body.decode() for body in bodies]}).encode()
    try:
        for command in (
            [sys.executable, "-m", "venv", str(folder / "karrio")],
            [str(python), "-m", "pip", "install", "-q", *_INSTALL],
        ):
            subprocess.run(command, check=True, capture_output=True, timeout=90)
        result = subprocess.run(
            [str(python), str(_KARRIO)], input=job, check=True, capture_output=True, timeout=60
        )
    except (subprocess.SubprocessError, OSError):
        return []
    rates: list[float] = json.loads(result.stdout.splitlines()[-1])
    return rates
