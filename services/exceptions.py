"""Exceptions in log lines: types and places, never a message of a library and never a line of source.

A message of a library quotes what it was given: a row, a body, a name.
"""

import traceback
from collections.abc import Callable

_MAX_CAUSES = 5
_MAX_FRAMES = 8  # the innermost ones
_MAX_PARTS = 3  # of an exception group


def describe_exception(
    error: BaseException, message_of: Callable[[BaseException], str] = lambda error: ""
) -> str:
    """Types and places of an exception and of its causes, the outermost first.

    `message_of`: the part of an exception's message that may be logged; nothing by default.
    """
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(parts) < _MAX_CAUSES:
        seen.add(id(current))
        parts.append(_describe_one(current, message_of))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return ", from ".join(parts)


def _describe_one(error: BaseException, message_of: Callable[[BaseException], str]) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    message = message_of(error)
    group = error.exceptions[:_MAX_PARTS] if isinstance(error, BaseExceptionGroup) else ()
    inner = "".join(f" [{describe_exception(part, message_of)}]" for part in group)
    return (
        f"{type(error).__name__}{': ' + message if message else ''}{' at ' + places if places else ''}{inner}"
    )
