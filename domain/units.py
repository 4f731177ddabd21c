"""Units of an order's lines as sets: an order has thousands of units, so no function here reads one twice."""

from collections.abc import Iterable

Units = frozenset[tuple[str, int]]
"""The line and the index of each unit."""

UnitsByLine = dict[str, list[int]]
"""The same as lists: the indexes of each line, in their order."""


def units_in(claims: Iterable[UnitsByLine]) -> Units:
    """All units of these lists per line."""
    return frozenset((line, unit) for units in claims for line, indexes in units.items() for unit in indexes)


def without(units: UnitsByLine, taken: Units) -> UnitsByLine:
    """The units that are not taken, in their order; a line without remaining units is left out."""
    left = {line: [u for u in indexes if (line, u) not in taken] for line, indexes in units.items()}
    return {line: indexes for line, indexes in left.items() if indexes}


def both(units: UnitsByLine, others: UnitsByLine) -> UnitsByLine:
    """The units of the first map that are in the second as well."""
    return without(units, units_in([units]) - units_in([others]))
