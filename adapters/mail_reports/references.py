"""The reference of a letter, in what mail servers and relays return of it."""

import re
from collections.abc import Iterable

_REFERENCE = re.compile(r"[0-9a-f]{32}")
_RETURN_PATH = re.compile(r"\+([0-9a-fA-F]{32})@")


def reference_of(*stated: object) -> str:
    """The first of these that is a reference; empty where none is."""
    return next((one for one in stated if isinstance(one, str) and _REFERENCE.fullmatch(one)), "")


def reference_in_path(paths: Iterable[str]) -> str:
    """The reference behind the plus of a return path; empty where none has one."""
    found = (_RETURN_PATH.search(path) for path in paths)
    return next((one[1].lower() for one in found if one), "")
