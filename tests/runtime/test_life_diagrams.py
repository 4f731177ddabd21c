"""The state diagrams of docs/life.md have the states and the ways of the rules, no more and no less."""

from tests import life_diagrams


def test_the_diagrams_have_the_ways_that_orders_and_returns_take() -> None:
    orders, returns = life_diagrams.observed()
    assert orders == {*life_diagrams.ORDER_WAYS}
    assert returns == {*life_diagrams.RETURN_WAYS} - life_diagrams.FAILURES


def test_the_diagrams_have_every_state() -> None:
    for ways, states in (
        (life_diagrams.ORDER_WAYS, life_diagrams.STAGES),
        (life_diagrams.RETURN_WAYS, life_diagrams.STATUSES),
    ):
        assert {state for way in ways for state in way} - {life_diagrams.START} == states


def test_the_page_is_fresh() -> None:
    text = life_diagrams.PAGE.read_text()
    assert life_diagrams.page(text) == text, "run: python -m tests.life_diagrams"
