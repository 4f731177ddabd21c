"""Whatever a shop and its carriers report of a mixed order: nothing is paid by default without a scan, and every wait ends."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.order import OrderLine
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.units import units_in
from runtime.verify.losses import check
from runtime.verify.order_records import CheckContext, OrderRecords
from tests.builders import gbp
from tests.domain.test_fulfilment_kinds import LATER, fulfilled, hand_over, line, ordered

NUMBERS = ("T1", "T2", "T3")
LINES = ("ship", "letter", "digital", "pickup", "later")
_names = st.sampled_from(("f1", "f2"))
_labels = st.lists(st.sampled_from(NUMBERS), max_size=3, unique=True)
_goods = st.dictionaries(st.sampled_from(LINES), st.integers(1, 2), min_size=1, max_size=5)
_statuses = st.sampled_from(list(ParcelStatus))
_told = st.none() | _statuses

_step = st.one_of(
    st.tuples(st.just("fulfilled"), _names, _labels, _goods, _told, st.booleans()),
    st.tuples(st.just("scan"), st.sampled_from(NUMBERS), _statuses),
    st.tuples(st.just("hand over"), st.sampled_from(("ready", "collected", "delivered"))),
    st.tuples(st.just("wait"), st.integers(1, 20)),
)


def mixed() -> tuple[OrderLine, ...]:
    kinds = ("ship", "ship", "digital", "pickup", "later")
    return tuple(
        line(name, kind, 2, LATER if kind == "later" else None)
        for name, kind in zip(LINES, kinds, strict=True)
    )


@settings(max_examples=60)
@given(st.lists(_step, max_size=8))
def test_nothing_is_paid_by_default_without_a_scan_and_every_wait_ends(
    steps: list[tuple[object, ...]],
) -> None:
    journey = ordered(*mixed())
    for step in steps:
        match step:
            case ("fulfilled", str(name), list(numbers), dict(goods), status, bool(cancelled)):
                journey.advance(minutes=1)
                fulfilled(journey, *numbers, lines=goods, name=name, status=status, cancelled=cancelled)
            case ("scan", str(number), ParcelStatus() as status):
                journey.scan(status, number=number)
            case ("hand over", status):
                hand_over(journey, status)
            case ("wait", int(days)):
                journey.advance(days=days)
        _is_consistent(journey.state)
    journey.until_at_rest()
    _is_consistent(journey.state)
    assert journey.duplicate_notices() == []
    scanned = [parcel for parcel in journey.state.parcels if parcel.carrier_scanned]
    paid = sum(principal for _, principal in journey.legs())
    assert paid == 0 or scanned
    assert _broken(journey.state) == []


def _is_consistent(state: JourneyState) -> None:
    """Each unit is in one place: waiting, in one parcel that counts, shared by labels, or with the customer."""
    packed = [parcel.units for parcel in state.parcels if not (parcel.void or parcel.resent)]
    places = [*packed, *state.shared_units.values(), state.unpacked(), state.uncollected()]
    places += [handover.units for handover in state.handovers if handover.handed_over_at]
    units = [(name, unit) for place in places for name, numbers in place.items() for unit in numbers]
    assert len(units) == len(set(units)), places
    everything = units_in([state.units_of("ship", "pickup", "later")])
    assert everything <= units_in(places), "a unit is nowhere"


def _broken(state: JourneyState) -> list[str]:
    records = OrderRecords.__new__(OrderRecords)
    records.state = state
    context = CheckContext.__new__(CheckContext)
    return [broken.message for broken in check(records, context)]


def test_the_price_of_the_mixed_order_is_what_its_tenders_captured() -> None:
    lines = ordered(*mixed()).state.order.lines
    assert sum(one.paid.minor for one in lines) == gbp(6400).minor
