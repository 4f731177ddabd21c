"""A payment that holds less than we believe: where its amount was a guess, what it holds is paid, and finance is asked."""

import pytest

from domain.model.order import Tender
from domain.model.payment import PaymentResult
from domain.payments.payment_results import record_payment_result
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import StateDriver

CARD = Tender(tender_id="card", kind="card", amount=gbp(6800), payment="pay_1", provider="sandbox")


def returned(*guessed: str) -> StateDriver:
    """Both mugs have come back, and their refund of 24.00 was sent."""
    journey = StateDriver(a_state(an_order(tenders=(CARD,), guessed_tenders=guessed)))
    journey.deliver()
    journey.open({"1": 2})
    journey.drop_off(journey.state.returns[0].return_id)
    return journey


def declined(journey: StateDriver, left: int | None) -> None:
    [leg] = [leg for leg in journey.state.legs() if leg.status == "sent"]
    result = PaymentResult(
        leg=leg.key,
        outcome="declined",
        decline="amount_too_large",
        left=None if left is None else gbp(left),
    )
    record_payment_result(journey.state, result, journey.now)
    journey.apply_due()


def test_what_a_guessed_payment_holds_is_paid_and_finance_is_asked_for_the_rest() -> None:
    journey = returned("card")
    declined(journey, 500)
    [leg] = journey.state.legs()
    assert (leg.principal, leg.status, leg.epoch) == (gbp(500), "sent", 2)
    [question] = journey.state.attention
    assert (question.kind, question.owner, question.subject) == (
        "refund_mismatch",
        "finance",
        journey.state.returns[0].return_id,
    )


@pytest.mark.parametrize("left", [None, 0, 2400, 9999])
def test_a_payment_that_holds_nothing_or_says_nothing_is_asked_about(left: int | None) -> None:
    journey = returned("card")
    declined(journey, left)
    assert [item.kind for item in journey.state.attention] == ["payment_failed"]
    assert journey.state.legs()[0].principal == gbp(2400)


def test_a_payment_whose_amount_is_known_is_not_reduced() -> None:
    """Less than it should hold may have been paid back elsewhere already: a person looks."""
    journey = returned()
    declined(journey, 500)
    assert [item.kind for item in journey.state.attention] == ["payment_failed"]
    assert journey.state.legs()[0].principal == gbp(2400)
