"""Parameters in an address: path segments decoded exactly once, and typed query parameters."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import unquote_to_bytes

from aiohttp import web
from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from api.http.problems import Problem
from api.http.strict_json import storable
from api.http.validation_errors import validation_errors
from domain.text import valid_identifier

T = TypeVar("T")
MAX_ID = 64  # characters of an id in a path, ours or a merchant's
_TOKEN = "token"  # the name of what is longer: it is signed by us


def path_of(request: web.Request, template: str) -> Mapping[str, str]:
    """The named segments of the path; a merchant's id may be any text: `#1001`, `a/b`, `..`, CJK.

    Read from the path as it was sent: aiohttp's own match leaves wrong escapes in, so that `%FF` and `%25FF` would be the
    same order. Raises Problem not_found for what cannot be an id (not UTF-8, a control character, too long).
    """
    sent = request.rel_url.raw_path.split("/")
    named = zip(template.split("/"), sent, strict=True)
    found = {name[1:-1]: _decoded(segment) for name, segment in named if name.startswith("{")}
    if any(len(text) > MAX_ID for name, text in found.items() if name != _TOKEN):
        raise Problem("not_found")
    return found


def _decoded(segment: str) -> str:
    try:
        return valid_identifier(unquote_to_bytes(segment).decode("utf-8"))
    except (UnicodeDecodeError, PydanticCustomError):
        raise Problem("not_found") from None


def query_of(request: web.Request, shape: TypeAdapter[T]) -> T:
    """The typed query. Raises Problem invalid_query, also for a parameter that is sent twice."""
    if not request.rel_url.raw_query_string:
        return cast(T, _without_parameters(shape))
    sent: dict[str, JsonValue] = dict(request.query)
    if len(sent) != len(request.query):
        raise Problem("invalid_query", "A parameter was sent twice.")
    if not all(storable(text) for pair in request.query.items() for text in pair):
        raise Problem("invalid_query", "A parameter has a NUL or a lone surrogate.")
    return _validated(shape, sent)


@cache
def _without_parameters(shape: TypeAdapter[Any]) -> Any:
    """Most requests send none; the typed query cannot be changed, so they share one."""
    return _validated(shape, {})


def _validated(shape: TypeAdapter[T], sent: dict[str, JsonValue]) -> T:
    try:
        return shape.validate_strings(sent)
    except ValidationError as error:
        raise Problem("invalid_query", errors=validation_errors(error, sent)) from None
