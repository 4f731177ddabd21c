"""JSON from outside senders: strict parsing, bounded text, delivery ids."""

import re
from codecs import BOM_UTF8
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import from_json

from domain import keys
from domain.text import is_identifier, single_line, valid_identifier
from ports.inbound_webhooks import InvalidPayload

M = TypeVar("M", bound=BaseModel)
MAX_SCANS = 500  # of one parcel in one message


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(valid_identifier),
]
"""A carrier's name or a tracking number: 1-64 characters, edges stripped."""


class StatedId(BaseModel):
    """The field of a body that holds the message's id; `alias` of `stated_id` is its name. All other fields are ignored."""

    stated_id: object = None


def parse(body: bytes) -> object:
    """The JSON value in the body, also behind a byte order mark.

    Raises InvalidPayload for all but strict UTF-8 JSON (no NaN, no deep nesting), with the place and nothing of the body.
    """
    try:
        return from_json(body.removeprefix(BOM_UTF8), allow_inf_nan=False, cache_strings="keys")
    except ValueError as problem:
        raise InvalidPayload(f"not JSON in UTF-8: {problem}") from None


# A field, and not what pydantic calls the alternatives of a union: `int`, `constrained-str`, `function-after[…]`.
_FIELD = re.compile(r"(?!(?:str|int|float|bool)$)[A-Za-z]\w*")
_MAX_BITS = 210  # 64 digits; Python refuses to write a number of 5,000
Text = str | int | float | None
"""Text of a sender that may leave it out or write a number."""


def text(value: object) -> str:
    """Such a text; empty where there is none, and for a number of more digits than any code has."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() <= _MAX_BITS else ""
    return str(value) if isinstance(value, float) else ""


def _short(number: int) -> int:
    if not number >= 0 or number.bit_length() > _MAX_BITS:
        raise ValueError("too long")
    return number


Number = Name | Annotated[int, AfterValidator(_short)]
"""A tracking number; some senders write it as a number."""


def name(value: object) -> str:
    """The same as a carrier's name: at most 64 characters, and never empty."""
    return sanitize(text(value), 64) or "unknown"


def readable(
    model: type[M], value: object, part: tuple[str, TypeAdapter[Any]], where: str
) -> tuple[M, list[str]]:
    """The value without those items of one of its lists that cannot be read, and what is wrong with them.

    part: the name of the list, and what its items are (JSON objects). Of a longer list the last MAX_SCANS are read.
    Raises ValidationError where it is not the items.
    """
    try:
        return model.model_validate(value), []
    except ValidationError:
        if not isinstance(value, dict) or part[0] not in value:
            raise
    items, unread = _readable_items(value[part[0]], part[1], f"{where}.{part[0]}")
    return model.model_validate({**value, part[0]: items}), unread


def refuse_if_unread(is_empty: bool, unread: list[str]) -> None:
    """Raise InvalidPayload where something could not be read, and what was read is empty."""
    if unread and is_empty:
        raise InvalidPayload(unread[0])


def _readable_items(items: object, kind: TypeAdapter[Any], where: str) -> tuple[list[object], list[str]]:
    if not isinstance(items, list):
        return [], [f"{where}: list_type"]
    first, wrong, kept = "", 0, []
    for index, item in enumerate(items[-MAX_SCANS:], max(0, len(items) - MAX_SCANS)):
        problem = _problem_of(item, kind, f"{where}[{index}]")
        if problem:
            wrong += 1
            first = first or problem
        else:
            kept.append(item)
    cut = (
        [f"{where}: too_long, the last {MAX_SCANS} of {len(items)} are read"]
        if len(items) > MAX_SCANS
        else []
    )
    return kept, [*cut, *([f"{first} ({wrong} of {len(items)} items)"] if wrong else [])]


def _problem_of(item: object, kind: TypeAdapter[Any], where: str) -> str:
    """What is wrong with an item; empty where nothing is."""
    if not isinstance(item, dict):
        return f"{where}: model_type"
    try:
        kind.validate_python(item)
    except ValidationError as problem:
        return str(invalid_payload(problem, where))
    return ""


class FieldErrors:
    """A context that turns a ValidationError inside into InvalidPayload with the path of the first wrong field.

    where: the path of the value that is validated.
    The field's value is left out, because it may be a person's name and the text is logged.
    """

    __slots__ = ("_where",)

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, problem: object, traceback: object) -> None:
        if isinstance(problem, ValidationError):
            raise invalid_payload(problem, self._where) from None


def invalid_payload(problem: ValidationError, where: str) -> InvalidPayload:
    """The same for an error in hand."""
    first = problem.errors()[0]
    parts = [part for part in first["loc"] if isinstance(part, int) or _FIELD.fullmatch(part)]
    path = where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return InvalidPayload(f"{sanitize(path, 200)}: {first['type']}")


def sanitize(text: str, limit: int) -> str:
    """One line of text in any script, at most `limit` characters: control characters break logs and databases."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()[:limit].rstrip()  # the same, in a tenth of the time
    return single_line(text, limit)


def is_valid_id(value: object) -> bool:
    """Whether the value can be a delivery id in our tables: 1-128 characters, none of them a control."""
    return isinstance(value, str) and 0 < len(value) <= 128 and is_identifier(value)


def delivery_id(model: type[StatedId], body: bytes) -> str:
    """The id that a signed body states for its message; the body's hash where it states none or cannot be read."""
    try:
        stated = model.model_validate_json(body).stated_id
    except ValidationError:
        stated = None
    return stated if isinstance(stated, str) and is_valid_id(stated) else keys.content(body)
