"""What is left of a statement of withdrawal after the returns that it opened."""

from domain.model.withdrawal import WITHDRAWAL, Withdrawal
from domain.returns.withdrawn_before import rest_of_withdrawal
from tests.domain.state_driver import StateDriver
from tests.domain.test_withdrawal import bought_in


def opened(journey: StateDriver, units: dict[str, int]) -> str:
    """A return that the statement opened for these units."""
    command = journey.opening(journey.quote(units, reason=WITHDRAWAL))
    stated = Withdrawal(statement="wdr_1", received_at=journey.now)
    return journey.execute(command.model_copy(update={"withdrawal": stated})).subject


def left(
    journey: StateDriver, known: list[str], wanted: dict[str, int]
) -> tuple[list[str], dict[str, int], bool]:
    found = rest_of_withdrawal(journey.state, "wdr_1", known, wanted, journey.now)
    items = {one.line_id: one.quantity for one in found.goods.items}
    return found.opened, items, found.goods.complete


def test_a_return_that_was_opened_before_counts_as_brought() -> None:
    journey = bought_in()
    journey.deliver()
    one = opened(journey, {"1": 2, "2": 1})
    assert left(journey, [], {}) == ([one], {}, True), "its answer was lost, and nothing is left"
    assert left(journey, [], {"1": 2}) == ([one], {}, True)
    assert left(journey, [one], {}) == ([], {}, False), "it is written down: there is no more"
    assert rest_of_withdrawal(journey.state, "wdr_2", [], {}, journey.now).opened == []


def test_goods_that_came_later_are_the_rest() -> None:
    journey = bought_in()
    journey.deliver({"1": 2})
    assert left(journey, [], {}) == ([], {"1": 2}, False)
    one = opened(journey, {"1": 2})
    assert left(journey, [], {}) == ([one], {}, False), "the lamp is still to come"
    journey.deliver({"2": 1})
    assert left(journey, [one], {}) == ([], {"2": 1}, True)
    assert left(journey, [], {}) == ([one], {"2": 1}, True)
    assert left(journey, [one], {"2": 3}) == ([], {"2": 1}, False), "there are not so many"
