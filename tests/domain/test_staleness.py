"""A notice is checked again when it would leave: one that is no longer true is not sent."""

from domain.model.terms import Policy
from domain.notifications.staleness import stale_reason
from tests.builders import a_state
from tests.domain.state_driver import StateDriver


def test_a_notice_of_a_return_is_sent_only_while_it_is_still_true(
    delivered: StateDriver, opened: str
) -> None:
    authorized = delivered.sent[-1]
    assert stale_reason(authorized, delivered.state, {}) is None
    delivered.advance(days=14)
    expired = delivered.sent[-1]
    assert stale_reason(authorized, delivered.state, {}) == "return_changed"
    assert stale_reason(expired, delivered.state, {}) is None
    delivered.override_return(opened, "reopen")
    assert stale_reason(expired, delivered.state, {}) == "return_changed"
    assert stale_reason(authorized, delivered.state, {}) == "return_changed", "another notice says so"
    assert stale_reason(delivered.sent[-1], delivered.state, {}) is None
    delivered.cancel_return(opened)
    cancelled = delivered.sent[-1]
    assert (cancelled.kind, stale_reason(cancelled, delivered.state, {})) == ("return_cancelled", None)
    delivered.override_return(opened, "reopen")
    assert stale_reason(cancelled, delivered.state, {}) == "return_changed"


def test_a_refusal_that_was_taken_back_is_not_sent() -> None:
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0})))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.override_return(subject, "refuse")
    refused = journey.sent[-1]
    assert (refused.kind, stale_reason(refused, journey.state, {})) == ("return_refused", None)
    journey.override_return(subject, "reopen")
    assert stale_reason(refused, journey.state, {}) == "return_changed"
