"""Tracking numbers as people type them into a shop's field: several of them, one below the other or with a comma."""

import re
from collections.abc import Iterable

from adapters.untrusted_json import sanitize

# A blank or a dash may be part of a number's spelling, so neither of them ends it.
_BETWEEN = re.compile(r"[,;|\n\r\t，、；]|\s[/&+]\s")


def numbers_in(fields: Iterable[str]) -> tuple[str, ...]:
    """Each number once, in its order."""
    numbers = (sanitize(number, 64) for field in fields for number in _BETWEEN.split(field))
    return tuple(dict.fromkeys(filter(None, numbers)))
