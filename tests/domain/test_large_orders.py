"""The largest order we take is looked through once per question, not once per unit: a journey has seconds, not minutes."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from domain import parcels
from domain.eligibility import ReturnableUnits
from domain.journey import JourneyState
from domain.orders import MAX_UNITS, OrderLine, Tender
from domain.parcels import MAX_SCANS, ParcelStatus, Scan, TrackingStatus
from domain.terms import Policy
from tests.builders import a_state, an_order, gbp
from tests.domain.driving import StateDriver

SHAPES = [(1, 1000), (2, MAX_UNITS // 2), (200, MAX_UNITS // 200)]  # a line has a thousand units at most
PARCELS = 4


def a_large_order(lines: int, units: int) -> StateDriver:
    """Delivered in four parcels on four days."""
    order = an_order(
        lines=tuple(
            OrderLine(line_id=f"{n}", sku="SOCK", title="Sock", quantity=units, unit_price=gbp(100))
            for n in range(lines)
        ),
        tenders=(Tender(tender_id="card", kind="card", amount=gbp(lines * units * 100 + 400), payment="p"),),
    )
    life = StateDriver(a_state(order, Policy(review_above=None)))
    share = max(1, units // PARCELS)
    for _ in range(PARCELS - 1):
        life.advance(hours=20).deliver({f"{n}": share for n in range(lines)})
    life.advance(hours=20).deliver()
    return life


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the costly questions are asked."""
    calls: Counter[str] = Counter()
    window_end, units_out, fold = JourneyState.window_end, JourneyState.unavailable_units, parcels.fold

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
    monkeypatch.setattr(parcels, "fold", counting_fold)
    return calls


@pytest.mark.parametrize(("lines", "units"), SHAPES)
def test_a_query_about_a_whole_large_order_costs_once_per_arrival_not_once_per_unit(
    lines: int, units: int, counted: Counter[str]
) -> None:
    life = a_large_order(lines, units)
    everything = {f"{n}": units for n in range(lines)}
    counted.clear()
    quote = life.quote(everything)
    assert counted == {"window_end": PARCELS, "unavailable_units": 1}
    assert life.violations(everything) == []
    assert counted == {"window_end": 2 * PARCELS, "unavailable_units": 2}
    counted.clear()
    subject = life.open(quote).subject
    assert counted["window_end"] <= 5 * PARCELS
    assert counted["unavailable_units"] <= 5
    assert counted["fold"] == 0
    counted.clear()
    life.drop_off(subject)
    life.receive(subject)
    life.until_at_rest()
    assert sum(principal for _, principal in life.legs("settled")) == lines * units * 100
    assert counted["window_end"] <= 20 * PARCELS
    assert counted["fold"] == 0


def test_which_units_come_back_first_is_the_same_as_ever() -> None:
    life = a_large_order(1, 1000)
    first = life.state.parcels[0].delivered_at
    assert first is not None
    free = ReturnableUnits(life.state, life.now).units("0")
    assert free == list(range(1000))
    late = ReturnableUnits(life.state, life.state.window_end(first))
    assert late.units("0") == [*range(250, 1000), *range(250)]
    assert late.window_closed_at("0", list(range(250, 1000))) is None
    assert late.window_closed_at("0", [0]) == life.state.window_end(first)


def test_a_parcels_scans_are_folded_once_per_report(life: StateDriver, counted: Counter[str]) -> None:
    life.ship()
    start = life.now
    scans = [
        Scan(key=f"s{n}", at=start + timedelta(minutes=n), status=ParcelStatus.IN_TRANSIT)
        for n in range(MAX_SCANS)
    ]
    counted.clear()
    life.receive_scans(*scans)
    life.advance(hours=1)
    assert counted["fold"] == 1
    life.scan(ParcelStatus.DELIVERED)
    assert counted["fold"] == 2
    copied = life.state.model_copy(deep=True)
    assert copied == life.state
    copied.parcels[0].scans = copied.parcels[0].scans[:1]
    assert copied.parcels[0].tracking.status is ParcelStatus.IN_TRANSIT
    assert life.state.parcels[0].tracking.status is ParcelStatus.DELIVERED
    assert JourneyState.model_validate_json(life.state.model_dump_json()) == life.state
