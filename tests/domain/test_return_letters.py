"""A notice is checked again when it would leave: one that is no longer true is not sent."""

from domain.journey.customer_page.page import customer_page
from domain.model.terms import Policy
from tests.builders import a_state
from tests.domain.letters import details_of, stale_reason
from tests.domain.state_driver import StateDriver


def test_a_notice_of_a_return_is_sent_only_while_it_is_still_true(
    delivered: StateDriver, opened: str
) -> None:
    authorized = delivered.sent[-1]
    assert stale_reason(delivered, authorized) is None
    delivered.advance(days=14)
    expired = delivered.sent[-1]
    assert stale_reason(delivered, authorized) == "return_changed"
    assert stale_reason(delivered, expired) is None
    delivered.override_return(opened, "reopen")
    assert stale_reason(delivered, expired) == "return_changed"
    assert stale_reason(delivered, authorized) == "return_changed", "another notice says so"
    assert stale_reason(delivered, delivered.sent[-1]) is None
    delivered.cancel_return(opened)
    cancelled = delivered.sent[-1]
    assert (cancelled.kind, stale_reason(delivered, cancelled)) == ("return_cancelled", None)
    delivered.override_return(opened, "reopen")
    assert stale_reason(delivered, cancelled) == "return_changed"


def test_a_refusal_that_was_taken_back_is_not_sent() -> None:
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0})))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.override_return(subject, "refuse")
    refused = journey.sent[-1]
    assert (refused.kind, stale_reason(journey, refused)) == ("return_refused", None)
    journey.override_return(subject, "reopen")
    assert stale_reason(journey, refused) == "return_changed"


def test_what_the_customer_is_told_of_a_refusal_is_in_its_letter_and_not_in_a_later_one() -> None:
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0})))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.override_return(subject, "refuse", customer_text="sealed text")
    assert details_of(journey, journey.sent[-1])["text"] == "sealed text"
    told = customer_page(journey.state, journey.now)
    assert [one.text for one in told.timeline if one.kind == "return_refused"] == ["sealed text"]
    assert told.details.returns[0].refusal_text == "sealed text"
    assert "as agreed by phone" not in told.model_dump_json(), "the reason is not for the customer"
    journey.override_return(subject, "reopen")
    assert "text" not in details_of(journey, journey.sent[-1])
    assert customer_page(journey.state, journey.now).details.returns[0].refusal_text == ""


def test_the_letter_of_an_accepted_return_has_the_sum_the_way_and_what_it_waits_for(
    delivered: StateDriver, opened: str
) -> None:
    refund = delivered.state.require_case(opened).quote.refund
    paid = {"amount": refund.minor, "currency": refund.currency, "pay_on": "drop_off"}
    authorized = details_of(delivered, delivered.sent[-1])
    assert {name: authorized.get(name) for name in (*paid, "credit")} == paid | {"credit": None}
    delivered.override_return(opened, "change_resolution", resolution="store_credit")
    bonus = delivered.state.require_case(opened).quote.credit_bonus
    assert details_of(delivered, delivered.sent[-1])["credit"] == bonus.minor
