"""A carrier's payload to scans, against the karrio SDK on the same payload; and a journey of 200 scans folded and looked at.

karrio (LGPL) is no part of ours: it is installed into an environment of the benchmark's own, in the folder that is thrown away.
Processor time, the best of some rounds, in turns: beside other work a clock on the wall measures the neighbours.
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
from domain import agenda
from domain.parcels import Estimate, ParcelStatus, Scan, fold
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
    found = await asyncio.to_thread(_journey, seconds)
    theirs = await asyncio.to_thread(Karrio.install, folder)
    for count in SIZES:
        body = easypost(count)
        ours = [await asyncio.to_thread(rate, EasyPost(), body, seconds)]
        floor = []
        for _ in range(rounds):
            if theirs:
                floor.append(await asyncio.to_thread(theirs.rate, body, seconds))
            ours.append(await asyncio.to_thread(rate, EasyPost(), body, seconds))
        name = f"payload of {len(body) / 1000:.0f} kB to scans"
        if floor:
            found.append(ratio(f"{name} ÷ karrio, easypost", max(ours), max(floor), 10.0, scans=count))
        else:
            found.append(Figure(f"{name}, easypost", round(max(ours)), "per s", of={"scans": count}))
        other = aftership(count)
        best = max([await asyncio.to_thread(rate, AfterShip(), other, seconds) for _ in range(rounds)])
        found.append(
            Figure(
                f"payload of {len(other) / 1000:.0f} kB to scans, aftership",
                round(best),
                "per s",
                of={"scans": count},
            )
        )
    return found


def rate(source: CarrierSource, body: bytes, seconds: float) -> float:
    """Payloads read per second of processor time."""
    [report] = source.read(body, NOW)
    assert len(report.scans) in SIZES
    return 1 / _cost(lambda: source.read(body, NOW), seconds)


def _cost(work: Callable[[], Any], seconds: float) -> float:
    """Seconds of this thread's processor time for one piece of work, after a first one."""
    work()
    began, done = time.thread_time(), 0
    while (spent := time.thread_time() - began) < seconds:
        work()
        done += 1
    return spent / done


def _journey(seconds: float) -> list[Figure]:
    """Fold of 200 scans in no order, and a look at the agenda that has to fold them first."""
    scans = long_life()
    state = a_state()
    parcel = a_parcel(state, scans=scans, estimate=Estimate(told_at=PLACED, at=PLACED + timedelta(days=3)))

    def fold_and_look() -> None:
        parcel.scans = parcel.scans[1:] + parcel.scans[:1]  # other scans than those last folded
        agenda.next_deadline(state)

    folded = _cost(lambda: fold(scans), seconds) * 1000
    looked = _cost(fold_and_look, seconds) * 1000
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


def long_life() -> list[Scan]:
    """As many scans as hours, told in an order that is not theirs."""
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


class Karrio:
    """karrio in an environment of its own."""

    def __init__(self, python: Path) -> None:
        self._python = python

    @classmethod
    def install(cls, folder: Path) -> "Karrio | None":
        """None where that cannot be done, as without a package index."""
        environment = folder / "karrio"
        python = environment / "bin" / "python"
        try:
            subprocess.run(
                [sys.executable, "-m", "venv", environment], check=True, capture_output=True, timeout=60
            )
            install = [str(python), "-m", "pip", "install", "-q", *_INSTALL]
            subprocess.run(install, check=True, capture_output=True, timeout=150)
        except (subprocess.SubprocessError, OSError):
            return None
        return cls(python)

    def rate(self, body: bytes, seconds: float) -> float:
        """Payloads that karrio parses per second of processor time, from the tracker's JSON text to its own events."""
        run = [str(self._python), str(_KARRIO), str(seconds)]
        said = subprocess.run(run, input=body, check=True, capture_output=True, timeout=60)
        return float(said.stdout.split()[-1])
