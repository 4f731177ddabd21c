"""Recycled tracking numbers: to which parcel a scan belongs."""

from datetime import date

import pytest

from domain.model.scan import ParcelStatus as S
from domain.model.scan import Scan
from domain.model.tracking_update import TrackingUpdate
from domain.tracking.recycled_numbers import NumberEpoch, owner_of, split_by_parcel
from tests.domain.calendars import at

OLD = NumberEpoch(shipped_on=date(2025, 1, 7), placed_at=at("2025-01-06T09:00:00Z"))
NEW = NumberEpoch(shipped_on=date(2026, 3, 3), placed_at=at("2026-03-02T09:00:00Z"))
UNDATED = NumberEpoch(placed_at=at("2026-03-02T09:00:00Z"))


@pytest.mark.parametrize(
    ("epochs", "moment", "status", "place"),
    [
        ([OLD, NEW], "2025-01-09T10:00:00Z", S.DELIVERED, 0),
        ([OLD, NEW], "2026-03-05T10:00:00Z", S.DELIVERED, 1),
        ([NEW, OLD], "2026-03-05T10:00:00Z", S.DELIVERED, 0),
        ([OLD, NEW], "2026-02-20T10:00:00Z", S.RETURN_TO_SENDER, 0),  # scans between the two belong to the earlier parcel
        ([OLD, NEW], "2026-03-02T10:00:00Z", S.PICKED_UP, 1),  # the shop's third of the month is the carrier's second
        ([OLD, NEW], "2026-03-01T23:00:00Z", S.PICKED_UP, 0),
        ([OLD, NEW], "2026-02-25T10:00:00Z", S.PRE_TRANSIT, 1),  # a label is announced before it is used
        ([OLD, NEW], "2026-02-20T10:00:00Z", S.PRE_TRANSIT, 0),
        ([NEW], "2025-01-09T10:00:00Z", S.DELIVERED, None),  # a parcel before ours, of an unknown sender
        ([UNDATED], "2026-03-02T09:00:00Z", S.PICKED_UP, 0),
        ([UNDATED], "2026-03-01T08:59:00Z", S.DELIVERED, None),  # before the order was placed, by more than zones explain
        ([UNDATED], "2026-02-28T09:00:00Z", S.PRE_TRANSIT, None),
    ],
)  # fmt: skip
def test_a_scan_belongs_to_the_newest_parcel_that_was_registered(
    epochs: list[NumberEpoch], moment: str, status: S, place: int | None
) -> None:  # TRK-11
    assert owner_of(epochs, at(moment), status) == place


@pytest.mark.parametrize(
    ("other", "followers"),
    [
        (
            NumberEpoch(placed_at=at("2026-03-03T20:00:00Z")),
            [True, True],
        ),  # two orders of a customer in one box
        (NumberEpoch(shipped_on=date(2026, 3, 3), placed_at=at("2026-02-20T09:00:00Z")), [True, True]),
        (NumberEpoch(shipped_on=date(2026, 3, 4), placed_at=at("2026-03-02T09:00:00Z")), [False, True]),
        (NumberEpoch(placed_at=at("2026-01-02T09:00:00Z")), [True, False]),
    ],
)
def test_a_parcel_with_two_orders_is_followed_by_both(other: NumberEpoch, followers: list[bool]) -> None:
    scan = Scan(key="one", at=at("2026-03-06T09:00:00Z"), status=S.DELIVERED)
    parts = split_by_parcel(TrackingUpdate(scans=(scan,)), [NEW, other])
    assert [part is not None for part in parts] == followers
