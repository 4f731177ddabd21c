"""Shares of small numbers."""

import pytest

from domain.figures.shares import sure_share


@pytest.mark.parametrize(
    ("count", "of", "least"),
    [
        (0, 0, 0.0),
        (0, 10, 0.0),
        (1, 1, 0.2065),
        (10, 10, 0.7225),
        (60, 100, 0.5020),
        (3, 4, 0.3006),
        (5, 4, 0.5101),  # more came back than were sold in the period
    ],
)
def test_a_share_is_surely_at_least_so_high(count: int, of: int, least: float) -> None:
    assert sure_share(count, of) == pytest.approx(least, abs=0.0005)


def test_many_cases_stand_before_one() -> None:
    assert sure_share(60, 100) > sure_share(2, 2) > sure_share(1, 1)
