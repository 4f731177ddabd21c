"""The table of moments says what the code says."""

import re
from pathlib import Path

from ports.moments import MOMENTS, PLACES

ROOMS = ("ports", "store", "adapters", "activities", "workflows", "api", "runtime")
HOUSE = Path(__file__).parents[2]


def points_in_code() -> list[str]:
    files = [file for room in ROOMS for file in (HOUSE / room).rglob("*.py")]
    return [point for file in files for point in re.findall(r'\bhit\("([^"]+)"\)', file.read_text())]


def test_every_failpoint_in_the_code_is_in_the_table_once_and_the_other_way_round() -> None:
    assert sorted(points_in_code()) == sorted(PLACES)


def test_there_are_twelve_moments_and_no_place_is_in_two() -> None:
    assert len(MOMENTS) == len({moment.name for moment in MOMENTS}) == 12
    assert sum(len(moment.places) for moment in MOMENTS) == len(PLACES)
