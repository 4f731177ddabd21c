"""A thousand parcels whose scans arrive late, twice and in any order (NEW-7).

Every delay notice was true when it was sent, or is corrected once.
"""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from domain.model.notice import Notice
from domain.model.scan import ParcelStatus, Scan, fold
from tests.builders import PLACED, a_state
from tests.domain.state_driver import StateDriver

LIVES = 1000
S = ParcelStatus
_ON_THE_WAY = [S.PICKED_UP, S.IN_TRANSIT, S.IN_TRANSIT, S.EXCEPTION, S.OUT_FOR_DELIVERY, S.ATTEMPT_FAILED]


def scans_of(rnd: random.Random) -> list[Scan]:
    """Eleven scans on the way, a few of them problems, and the delivery: in time or up to a week late."""
    delivered = PLACED + timedelta(days=rnd.uniform(2, 11))
    times = sorted(PLACED + (delivered - PLACED) * rnd.random() for _ in range(11))
    way = [Scan(key=f"s{n}", at=at, status=rnd.choice(_ON_THE_WAY)) for n, at in enumerate(times)]
    return [*way, Scan(key="end", at=delivered, status=S.DELIVERED)]


def arrivals(scans: list[Scan], rnd: random.Random) -> list[tuple[datetime, Scan]]:
    """When each scan is received: mostly soon, now and then days later; a fifth of them twice."""
    repeated = [*scans, *rnd.choices(scans, k=len(scans) // 5)]
    late = [timedelta(hours=rnd.choice([0, 0.1, 12, 40, 90]) * rnd.random()) for _ in repeated]
    return sorted(
        ((scan.at + wait, scan) for scan, wait in zip(repeated, late, strict=True)), key=lambda one: one[0]
    )


def run_shuffled(seed: int) -> tuple[StateDriver, list[Scan], list[tuple[datetime, Scan]]]:
    rnd = random.Random(seed)
    scans = scans_of(rnd)
    received = arrivals(scans, rnd)
    journey = StateDriver(a_state())
    journey.ship()
    for at, scan in received:
        journey.advance(seconds=max(0.0, (at - journey.now).total_seconds()))
        journey.receive_scans(scan)
    journey.advance(days=3)
    return journey, scans, received


def untrue_then(notice: Notice, received: list[tuple[datetime, Scan]]) -> bool:
    """By the scans received before that moment the parcel had arrived."""
    known = [scan for at, scan in received if at < notice.at]
    return fold(known).status is S.DELIVERED


@pytest.mark.scenario("S-24", "S-101")
def test_of_a_thousand_parcels_in_any_order_every_notice_was_true_when_sent_or_is_corrected_once() -> None:
    counted: Counter[str] = Counter()
    for seed in range(LIVES):
        journey, scans, received = run_shuffled(seed)
        parcel = journey.state.parcels[0]
        assert parcel.tracking == fold(scans), f"seed={seed}"
        delayed = [notice for notice in journey.sent if notice.kind == "delayed"]
        assert not any(untrue_then(notice, received) for notice in delayed), f"seed={seed}"
        false = any(notice.at >= scans[-1].at for notice in delayed)
        corrected = journey.notice_kinds().count("delay_corrected")
        assert corrected <= 1, f"seed={seed}"
        assert corrected or not false, (
            f"seed={seed}: notified as late after it had arrived, and not corrected"
        )
        assert journey.duplicate_notices() == [], f"seed={seed}"
        counted.update(delayed=len(delayed), false=false, corrected=corrected)
    assert counted["false"] > 20, "runs without false notices prove nothing"
    assert counted["delayed"] > 5 * counted["corrected"]
