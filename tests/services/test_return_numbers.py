"""A return's number is found however a customer reads it out."""

import pytest

from services.orders.search_query import return_number


@pytest.mark.parametrize(
    "typed", ["R-5STJZWNT", "r5stjzwnt", " 5stj zwnt", "RMA-5STJZWNT", "rma 5stjzwnt", "R-5STJ-ZWNT"]
)
def test_a_return_number_in_any_spelling_is_the_stored_one(typed: str) -> None:
    assert return_number(typed) == "R-5STJZWNT"


@pytest.mark.parametrize("typed", ["R-1", "GB-1", "R5STJZWNTX", "hello"])
def test_another_text_stays_as_it_is(typed: str) -> None:
    assert return_number(typed) == typed
