"""Units of an order's lines as sets: an order has thousands of units, so no function here reads one twice."""

from collections.abc import Iterable

Units = frozenset[tuple[str, int]]
"""The line and the index of each unit."""


def units_in(claims: Iterable[dict[str, list[int]]]) -> Units:
    """All units of these lists per line."""
    return frozenset((line, unit) for units in claims for line, indexes in units.items() for unit in indexes)


def without(units: dict[str, list[int]], taken: Units) -> dict[str, list[int]]:
    """The units that are not taken, in their order; a line without remaining units is left out."""
    left = {line: [u for u in indexes if (line, u) not in taken] for line, indexes in units.items()}
    return {line: indexes for line, indexes in left.items() if indexes}
