"""The largest accepted order is scanned once per question, not once per unit: a workflow task has only seconds."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from domain.model import scan
from domain.model.order import OrderLine, Tender
from domain.model.order_totals import MAX_UNITS
from domain.model.parcel import MAX_SCANS
from domain.model.scan import ParcelStatus, Scan, TrackingStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.returns.eligibility import ReturnableUnits
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import StateDriver

SHAPES = [(1, 1000), (2, MAX_UNITS // 2), (200, MAX_UNITS // 200)]  # a line has a thousand units at most
PARCELS = 4


def a_large_order(lines: int, units: int) -> StateDriver:
    """Delivered in four parcels on four days."""
    order = an_order(
        lines=tuple(
            OrderLine(line_id=f"{n}", sku="SOCK", title="Sock", quantity=units, unit_price=gbp(100))
            for n in range(lines)
        ),
        tenders=(
            Tender(
                tender_id="card",
                kind="card",
                amount=gbp(lines * units * 100 + 400),
                payment="p",
                provider="sandbox",
            ),
        ),
    )
    journey = StateDriver(a_state(order, Policy(review_above=None)))
    share = max(1, units // PARCELS)
    for _ in range(PARCELS - 1):
        journey.advance(hours=20).deliver({f"{n}": share for n in range(lines)})
    journey.advance(hours=20).deliver()
    return journey


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the costly functions are called."""
    calls: Counter[str] = Counter()
    window_end, units_out, fold = JourneyState.window_end, JourneyState.unavailable_units, scan.fold

    def counting_end(self: JourneyState, delivered_at: datetime) -> datetime:
        calls["window_end"] += 1
        return window_end(self, delivered_at)

    def counting_out(self: JourneyState) -> object:
        calls["unavailable_units"] += 1
        return units_out(self)

    def counting_fold(scans: list[Scan]) -> TrackingStatus:
        calls["fold"] += 1
        return fold(scans)

    monkeypatch.setattr(JourneyState, "window_end", counting_end)
    monkeypatch.setattr(JourneyState, "unavailable_units", counting_out)
    monkeypatch.setattr(scan, "fold", counting_fold)
    return calls


@pytest.mark.parametrize(("lines", "units"), SHAPES)
def test_a_query_about_a_whole_large_order_costs_once_per_arrival_not_once_per_unit(
    lines: int, units: int, counted: Counter[str]
) -> None:
    journey = a_large_order(lines, units)
    everything = {f"{n}": units for n in range(lines)}
    counted.clear()
    quote = journey.quote(everything)
    assert counted == {"window_end": PARCELS, "unavailable_units": 1}
    assert journey.violations(everything) == []
    assert counted == {"window_end": 2 * PARCELS, "unavailable_units": 2}
    counted.clear()
    subject = journey.open(quote).subject
    assert counted["window_end"] <= 5 * PARCELS
    assert counted["unavailable_units"] <= 5
    assert counted["fold"] == 0
    counted.clear()
    journey.drop_off(subject)
    journey.receive(subject)
    journey.until_at_rest()
    assert sum(principal for _, principal in journey.legs("settled")) == lines * units * 100
    assert counted["window_end"] <= 20 * PARCELS
    assert counted["fold"] == 0


def test_the_order_in_which_units_come_back_is_stable() -> None:
    journey = a_large_order(1, 1000)
    first = journey.state.parcels[0].delivered_at
    assert first is not None
    free = ReturnableUnits(journey.state, journey.now).units("0")
    assert free == list(range(1000))
    late = ReturnableUnits(journey.state, journey.state.window_end(first))
    assert late.units("0") == [*range(250, 1000), *range(250)]
    assert late.window_closed_at("0", list(range(250, 1000))) is None
    assert late.window_closed_at("0", [0]) == journey.state.window_end(first)


def test_a_parcels_scans_are_folded_once_per_report(journey: StateDriver, counted: Counter[str]) -> None:
    journey.ship()
    start = journey.now
    scans = [
        Scan(key=f"s{n}", at=start + timedelta(minutes=n), status=ParcelStatus.IN_TRANSIT)
        for n in range(MAX_SCANS)
    ]
    counted.clear()
    journey.receive_scans(*scans)
    journey.advance(hours=1)
    assert counted["fold"] == 1
    journey.scan(ParcelStatus.DELIVERED)
    assert counted["fold"] == 2
    copied = journey.state.model_copy(deep=True)
    assert copied == journey.state
    copied.parcels[0].scans = copied.parcels[0].scans[:1]
    assert copied.parcels[0].tracking.status is ParcelStatus.IN_TRANSIT
    assert journey.state.parcels[0].tracking.status is ParcelStatus.DELIVERED
    assert JourneyState.model_validate_json(journey.state.model_dump_json()) == journey.state
