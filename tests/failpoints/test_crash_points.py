"""The table of crash points matches the code."""

import re
from pathlib import Path

from failpoints.catalogue import CALL_SITES, CRASH_POINTS

ROOMS = ("ports", "store", "adapters", "activities", "workflows", "services", "api", "pages", "runtime")
HOUSE = Path(__file__).parents[2]


def points_in_code() -> list[str]:
    files = [file for room in ROOMS for file in (HOUSE / room).rglob("*.py")]
    return [point for file in files for point in re.findall(r'\bhit\(\s*"([^"]+)"\s*\)', file.read_text())]


def test_every_failpoint_in_the_code_is_in_the_table_once_and_the_other_way_round() -> None:
    assert sorted(points_in_code()) == sorted(CALL_SITES)


def test_there_are_twelve_crash_points_and_no_call_site_is_in_two() -> None:
    assert len(CRASH_POINTS) == len({point.name for point in CRASH_POINTS}) == 12
    assert sum(len(point.call_sites) for point in CRASH_POINTS) == len(CALL_SITES)
