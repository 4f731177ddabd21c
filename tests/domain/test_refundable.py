"""What returns reserve of an order's tenders, so that the same money is promised once."""

from domain.model.order import Tender
from domain.payments.refundable import refundable_per_tender
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import StateDriver

CARD = Tender(tender_id="card", kind="card", amount=gbp(5000), payment="pay_1", provider="stripe")
GIFT = Tender(tender_id="gift", kind="gift_card", amount=gbp(1800))


def left(journey: StateDriver) -> dict[str, int]:
    return {share.tender_id: share.amount.minor for share in refundable_per_tender(journey.state)}


def test_each_open_return_reserves_its_own_part_of_a_tender() -> None:
    journey = StateDriver(a_state(an_order(tenders=(CARD, GIFT))))
    journey.deliver()
    seen = [sum(left(journey).values())]
    for _ in range(2):
        journey.open({"1": 1})
        seen.append(sum(left(journey).values()))
    assert seen == [6800, 5600, 4400]
