"""A notice is judged once more when it would leave: what is no longer so is not said."""

import pytest

from domain.judging import overtaken
from domain.terms import Policy
from tests.builders import a_state
from tests.domain.driving import Life


@pytest.fixture
def delivered(life: Life) -> Life:
    life.after(days=2).deliver()
    return life


@pytest.fixture
def opened(delivered: Life) -> str:
    """Both mugs, with a code good for fourteen days."""
    return delivered.open({"1": 2}).subject


def test_what_is_told_of_a_return_is_sent_only_while_it_stands_so(delivered: Life, opened: str) -> None:
    authorized = delivered.sent[-1]
    assert overtaken(authorized, delivered.state, {}) is None
    delivered.after(days=14)
    expired = delivered.sent[-1]
    assert overtaken(authorized, delivered.state, {}) == "return_moved_on"
    assert overtaken(expired, delivered.state, {}) is None
    delivered.override_return(opened, "reopen")
    assert overtaken(expired, delivered.state, {}) == "return_moved_on"
    assert overtaken(authorized, delivered.state, {}) == "return_moved_on", "another notice says so anew"
    assert overtaken(delivered.sent[-1], delivered.state, {}) is None
    delivered.cancel_return(opened)
    cancelled = delivered.sent[-1]
    assert (cancelled.kind, overtaken(cancelled, delivered.state, {})) == ("return_cancelled", None)
    delivered.override_return(opened, "reopen")
    assert overtaken(cancelled, delivered.state, {}) == "return_moved_on"


def test_a_refusal_that_was_taken_back_is_not_sent() -> None:
    life = Life(a_state(policy=Policy(review_above=0)))
    life.deliver()
    subject = life.open({"1": 1}).subject
    life.override_return(subject, "refuse")
    refused = life.sent[-1]
    assert (refused.kind, overtaken(refused, life.state, {})) == ("return_refused", None)
    life.override_return(subject, "reopen")
    assert overtaken(refused, life.state, {}) == "return_moved_on"
