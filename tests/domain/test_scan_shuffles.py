"""A thousand shuffles, with duplicates, of parcels' scans: one final state for every order and number of arrivals (TRK-2)."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.carriers.easypost import EasyPost
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, Scan, ScanReason, fold
from domain.model.tracking_update import TrackingUpdate
from domain.tracking import scans
from domain.tracking.scans import TrackingUpdated
from tests.builders import PLACED, a_parcel, a_state, an_order

SHUFFLES = 1000
RECORDED = Path(__file__).parents[1] / "adapters" / "payloads" / "easypost" / "trackers.jsonl"
READ_AT = datetime(2026, 11, 21, tzinfo=UTC)
Life = list[tuple[tuple[Scan, ...], Estimate | None]]


def recorded() -> list[Life]:
    """Real trackers as EasyPost would have sent them: each scan alone, with the estimate."""
    parcels: list[Life] = []
    for line in RECORDED.read_text().splitlines():
        body = json.dumps({"description": "tracker.updated", "result": json.loads(line)}).encode()
        [parcel] = EasyPost().read(body, READ_AT).parcels
        if parcel.update.scans:
            parcels.append([((scan,), parcel.update.estimate) for scan in parcel.update.scans])
    return parcels


def simulated(rnd: random.Random) -> Life:
    """Twelve scans of any kind at few times, so that ties are common; some without a zone, some in two spellings."""
    journey: Life = []
    for number in range(12):
        at = PLACED + timedelta(hours=rnd.randrange(-30, 90))
        precision = rnd.choice(["instant", "instant", "local", "day"])
        local = {"instant": None, "local": at.isoformat()[:19], "day": at.date().isoformat()}[precision]
        status = rnd.choice([*ParcelStatus])
        reason = rnd.choice([None, ScanReason(code="weather", fault="force_majeure")])
        key = rnd.choice([f"{number}", "a-key-of-several"])
        scan = Scan(key=key, at=at, status=status, precision=precision, local=local, reason=reason)
        made_at = PLACED + timedelta(hours=rnd.randrange(5))
        due = rnd.choice(
            [None, Estimate(reported_at=made_at, at=made_at + timedelta(days=rnd.randrange(1, 6)))]
        )
        journey.append(((scan,), due))
    return journey


def shuffled(journey: Life, rnd: random.Random) -> Life:
    """In any order, a fifth of it twice, and now and then several scans in one message."""
    repeated = [*journey, *rnd.choices(journey, k=max(1, len(journey) // 5))]
    rnd.shuffle(repeated)
    batched: Life = []
    for batch, estimate in repeated:
        if batched and rnd.random() < 0.3:
            before, other = batched.pop()
            batched.append(((*before, *batch), other if estimate is None else estimate))
            if other is not None and estimate is not None:
                batched.append(((), other))
        else:
            batched.append((batch, estimate))
    return batched


def final(journey: Life, placed_at: datetime) -> str:
    """The whole state after all updates, without its audit log, which is in the order of arrival."""
    state = a_state(an_order(placed_at=placed_at))
    a_parcel(state, due=PLACED + timedelta(days=4))
    for new_scans, estimate in journey:
        update = TrackingUpdate(scans=new_scans, estimate=estimate)
        scans.apply_tracking_update(state, TrackingUpdated(parcel_id="p1", update=update), READ_AT)
    parcel = state.parcels[0]
    seen = (parcel.tracking, fold(parcel.scans), state.stage, state.delivered)
    return state.model_dump_json(exclude={"audit_log"}) + repr(seen)


@pytest.mark.scenario("S-11", "S-12", "S-16", "S-101")
def test_a_thousand_shuffles_of_recorded_parcels_have_one_end_each() -> None:
    parcels = recorded()
    assert len(parcels) >= 20
    starts = [
        min(scan.at for scans, _ in journey for scan in scans) - timedelta(hours=1) for journey in parcels
    ]
    ends = [final(journey, start) for journey, start in zip(parcels, starts, strict=True)]
    for seed in range(SHUFFLES):
        which = seed % len(parcels)
        updates = shuffled(parcels[which], random.Random(seed))
        assert final(updates, starts[which]) == ends[which], f"journey {which}, seed {seed}"


@pytest.mark.scenario("S-11", "S-12", "S-16", "S-101")
def test_a_thousand_shuffles_of_simulated_parcels_of_twelve_scans_have_one_end_each() -> None:
    for number in range(50):
        journey = simulated(random.Random(f"journey {number}"))
        end = final(journey, PLACED)
        for seed in range(SHUFFLES // 50):
            assert final(shuffled(journey, random.Random(seed)), PLACED) == end, (
                f"journey {number}, seed {seed}"
            )
