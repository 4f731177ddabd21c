"""Parcels for the comparison of a carrier whose webhooks get lost with one whose webhooks all arrive."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.scenarios.shop import START

# Carriers scan on a coarse grid, so that few times differ: the clock stops at each.
DAY, STEP = (timedelta(days=1), timedelta(hours=6))
ENDS = ("delivered", "late", "delivered", "sent_back", "delivered", "silent", "trouble", "delivered")


def parcel_scripts(count: int, seed: int) -> list[dict[str, Any]]:
    """That many scripted parcels, the same for the same seed: on time, late, in trouble, returned, silent until the end."""
    rnd = random.Random(seed)
    return [_parcel_script(rnd, number) for number in range(count)]


def _parcel_script(rnd: random.Random, number: int) -> dict[str, Any]:
    end = ENDS[number % len(ENDS)]
    at = START + rnd.randint(0, 2) * STEP
    scans = [_scan(at, "pre_transit")]
    for status in ("picked_up", "in_transit", "in_transit"):
        at += rnd.randint(1, 3) * STEP
        scans.append(_scan(at, status))
    scans += _ENDS[end](rnd, at)
    return {"carrier": "UPS", "tracking_number": f"SIM{number:05}", "scans": scans}


def _delivered(rnd: random.Random, at: datetime) -> list[dict[str, Any]]:
    out = at + rnd.randint(1, 3) * STEP
    return [_scan(out, "out_for_delivery"), _scan(out + rnd.randint(1, 2) * STEP, "delivered")]


def _late(rnd: random.Random, at: datetime) -> list[dict[str, Any]]:
    reported_at = at + rnd.randint(1, 2) * STEP
    day = (START + 8 * DAY).date().isoformat()
    return [{**_scan(reported_at, "in_transit"), "estimate": day}, *_delivered(rnd, START + 7 * DAY)]


def _trouble(rnd: random.Random, at: datetime) -> list[dict[str, Any]]:
    held = at + rnd.randint(1, 2) * STEP
    return [_scan(held, "exception"), *_delivered(rnd, held + 3 * DAY)]


def _sent_back(rnd: random.Random, at: datetime) -> list[dict[str, Any]]:
    return [_scan(at + rnd.randint(2, 5) * STEP, "return_to_sender")]


def _silent(rnd: random.Random, at: datetime) -> list[dict[str, Any]]:
    return []


_ENDS: dict[str, Callable[[random.Random, datetime], list[dict[str, Any]]]] = {
    "delivered": _delivered,
    "late": _late,
    "trouble": _trouble,
    "sent_back": _sent_back,
    "silent": _silent,
}


def _scan(at: datetime, status: str) -> dict[str, Any]:
    return {"at": at.isoformat(), "status": status, "city": "Leeds", "country": "GB"}


def with_lost_webhooks(
    parcels: list[dict[str, Any]], share: float, seed: int
) -> tuple[list[dict[str, Any]], int]:
    """The same parcels with that share of their webhooks lost, and the number of lost webhooks."""
    rnd = random.Random(seed)
    places = [(one, place) for one in range(len(parcels)) for place in range(len(parcels[one]["scans"]))]
    lost = set(rnd.sample(places, round(len(places) * share)))
    return [
        {
            **parcel,
            "scans": [
                {**scan, "webhook": {"lost": True}} if (one, place) in lost else scan
                for place, scan in enumerate(parcel["scans"])
            ],
        }
        for one, parcel in enumerate(parcels)
    ], len(lost)


def scan_times(parcels: list[dict[str, Any]], last: datetime) -> list[datetime]:
    """Each time at which something is scanned, and an end."""
    times = {datetime.fromisoformat(scan["at"]) for parcel in parcels for scan in parcel["scans"]}
    return [*sorted(at for at in times if at < last), last]
