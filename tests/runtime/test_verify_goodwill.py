"""`verify` compares goodwill with the lateness that earned it: neither less nor more, whatever became known afterwards."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from runtime.verify.goodwill_grounds import check
from runtime.verify.order_records import CheckContext, OrderRecords
from store.tables.all import AuditRow, OrderRow
from tests.builders import gbp
from tests.domain.state_driver import StateDriver
from tests.domain.test_goodwill import an_order_with_goodwill

S = ParcelStatus
LATE = datetime(2026, 3, 7, tzinfo=UTC)
CONTEXT = CheckContext(quiesced=True, now=LATE, merchants={})


def records_of(state: JourneyState, days: int) -> OrderRecords:
    """The order with the line that the audit log has about its goodwill."""
    order = state.order
    row = OrderRow(id=order.order, merchant=order.merchant, order_id=order.order_id, body_hash="", body="", customer="c",
                   policy=1, placed_at=LATE, created_at=LATE)  # fmt: skip
    line = AuditRow(merchant=order.merchant, order=order.order, at=LATE, written_at=LATE, role="system", name="smot",
                    action="goodwill_issued", subject="p1", details=json.dumps({"days": days}))  # fmt: skip
    return OrderRecords(row=row, order=order, now=LATE, sandbox=True, state=state, audit=[line])


def messages(state: JourneyState, days: int) -> Iterator[str]:
    return (broken.message.partition(";")[0] for broken in check(records_of(state, days), CONTEXT))


@pytest.fixture
def compensated() -> StateDriver:
    """Three days late: 5 % of 64.00 and the shipping of 4.00."""
    journey = an_order_with_goodwill()
    journey.ship()
    journey.jump_to(LATE + timedelta(days=2)).scan(S.DELIVERED)
    return journey


def test_what_the_lateness_earned_is_right(compensated: StateDriver) -> None:
    assert list(messages(compensated.state, 3)) == []


@pytest.mark.parametrize("given", [719, 721, 400])
def test_less_or_more_than_the_lateness_earned_is_named(compensated: StateDriver, given: int) -> None:
    goodwill = next(s for s in compensated.state.settlements if s.purpose == "goodwill")
    goodwill.legs[0].bonus = gbp(given)
    assert list(messages(compensated.state, 3)) == [
        f"goodwill {goodwill.occasion} of order {compensated.state.order.order} is {given} minor units GBP, "
        "but the lateness earned 720 minor units GBP"
    ]


def test_a_return_that_was_opened_later_takes_nothing_from_the_ground(compensated: StateDriver) -> None:
    compensated.advance(days=1).open({"1": 1})
    assert list(messages(compensated.state, 3)) == []


def test_goodwill_for_an_order_that_arrived_in_time_is_named(compensated: StateDriver) -> None:
    parcel = compensated.state.parcels[0]
    parcel.scans = [scan.model_copy(update={"at": LATE - timedelta(days=2)}) for scan in parcel.scans]
    [message] = messages(compensated.state, 3)
    assert message.endswith("is 720 minor units GBP, but the lateness earned 0 minor units GBP")


def test_a_delivery_that_became_known_later_makes_no_earlier_goodwill_wrong(compensated: StateDriver) -> None:
    compensated.scan(S.DELIVERED, at=LATE - timedelta(hours=30))
    assert list(messages(compensated.state, 3)) == []
