"""What is wrong with a body or a query, by place and rule; never with a value that was sent."""

import re
from collections.abc import Iterator, Sequence

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

MAX_ERRORS = 50
# Their messages are the same for every input, and the input is the whole object or list around the place.
_FIXED_MESSAGES = frozenset(("missing", "extra_forbidden", "too_long", "too_short"))
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def validation_errors(error: ValidationError, sent: JsonValue) -> list[dict[str, str]]:
    """At most 50 entries `{pointer, code, detail}`; `pointer` is the RFC 6901 place in what was sent.

    Values may be personal data and validators quote them, so a message that contains any part of its input is replaced.
    A key is repeated only if it has the form of a field name.
    """
    details = error.errors(include_url=False, include_context=False)[:MAX_ERRORS]
    return [
        {"pointer": _pointer(one["loc"], sent), "code": one["type"], "detail": _message(one)}
        for one in details
        if not _follows(one, details)
    ]


def _follows(one: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """Whether this error only follows from another: pydantic counts valid items only, so a wrong one makes its list too short."""
    here, depth = one["loc"], len(one["loc"])
    return one["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == here for other in others
    )


def _pointer(location: Sequence[int | str], sent: JsonValue) -> str:
    """Pydantic's location without the names of union branches, which are no part of the body."""
    steps: list[str] = []
    here: JsonValue = sent
    for index, step in enumerate(location):
        last = index == len(location) - 1
        if isinstance(here, dict) and isinstance(step, str) and (step in here or last):
            steps.append(step if _NAME.fullmatch(step) else "*")
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int):
            steps.append(str(step))
            here = here[step] if step < len(here) else None
    return "".join(f"/{step}" for step in steps)


def _message(one: ErrorDetails) -> str:
    text = one["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if one["type"] in _FIXED_MESSAGES:
        return text
    if any(_quotes(text, part) for part in _parts(one["input"])):
        return "This value is not acceptable here"
    return text


def _quotes(text: str, part: str) -> bool:
    """As a whole word. The plain search is first because an input may have many thousand parts."""
    return part in text and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text) is not None


def _parts(value: object) -> Iterator[str]:
    """Every part of an input that a message could repeat; short numbers are limits, not personal data."""
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, int | float) and len(str(value)) > 3:
        yield str(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not _NAME.fullmatch(str(key)):
                yield str(key)
            yield from _parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _parts(inner)
