"""JSON as we accept it: with one meaning only, so that what is verified, stored and executed is what the sender wrote.

Parsed by jiter, the parser inside of pydantic: it refuses duplicate keys, NaN, lone surrogates and what follows the value. A walk
over the result refuses the rest. What is refused is parsed again by the standard library, whose answers name the place.
"""

import json
import re
from math import isfinite
from typing import Any, Final, NoReturn

import jiter
from pydantic import JsonValue

MAX_DEPTH = 32
MAX_VALUES = 5000  # an order of 200 lines, the largest body there is, has some 3,000
_MAX_NUMBER_LENGTH = 64  # characters; int() and float() would take seconds for a very long number
_OF_NUMBERS = bytes(
    48 if byte in b"0123456789.eE+-" else 32 for byte in range(256)
)  # a table for translate()
_LONG_NUMBER = b"0" * (_MAX_NUMBER_LENGTH + 1)
_REFUSED: Final = object()
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # databases refuse NUL, and UTF-8 has no lone surrogates
# A string, also one that never ends; possessive, so that the search is linear in the bytes whatever they are.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)


class NotJson(ValueError):
    """The bytes are not acceptable. The text says why and never repeats them."""


class TooManyValues(NotJson):
    """The bytes hold more than MAX_VALUES values."""


def loads(raw: bytes) -> JsonValue:
    """The value in these bytes.

    Raises TooManyValues before anything is parsed. Raises NotJson for anything that parsers read differently or that cannot
    be stored: not UTF-8, a byte order mark, NaN and infinities, numbers beyond 64 bits, duplicate keys, nesting beyond 32, NUL,
    lone surrogates.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        raise NotJson("it starts with a byte order mark")
    if _separators(raw) >= MAX_VALUES and _separators(_STRING.sub(b"", raw)) >= MAX_VALUES:
        raise TooManyValues(f"it has more than {MAX_VALUES} values")
    quick: JsonValue = _parsed(raw)
    if quick is not _REFUSED:
        return quick
    return _parsed_or_refused(raw)


def _parsed(raw: bytes) -> Any:
    """The value, quickly; _REFUSED where anything may be wrong with it."""
    if _LONG_NUMBER in raw.translate(
        _OF_NUMBERS
    ):  # long digits inside of a text are fine, but jiter would take long for a number of them
        return _REFUSED
    try:
        parsed = jiter.from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError:
        return _REFUSED
    return parsed if _is_acceptable(parsed) else _REFUSED


def _is_acceptable(parsed: Any) -> bool:
    """What jiter does not check: depth, NUL, integers beyond 64 bits, numbers beyond a double."""
    level, depth = [parsed], 0
    while level:
        inside: list[Any] = []
        nested = False
        for value in level:
            kind = type(value)
            if kind is str:
                if "\x00" in value:
                    return False
            elif kind is dict:
                nested = True
                inside += value
                inside += value.values()
            elif kind is list:
                nested = True
                inside += value
            elif kind is int:
                if not -(2**63) <= value < 2**63:
                    return False
            elif kind is float and not isfinite(value):
                return False
        depth += nested
        if depth > MAX_DEPTH:
            return False
        level = inside
    return True


def _parsed_or_refused(raw: bytes) -> JsonValue:
    """The value by the standard library. Raises NotJson with the reason and its place."""
    try:
        text = raw.decode("utf-8")
        parsed: JsonValue = json.loads(
            text,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise NotJson("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"syntax error at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotJson(f"it is nested deeper than {MAX_DEPTH}") from None
    _inspect(parsed)
    return parsed


def _separators(raw: bytes) -> int:
    """Each value but the first follows one of these, so there are no more. A `{}` counts twice, and text may hold some too."""
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _integer(digits: str) -> int:
    if len(digits) <= _MAX_NUMBER_LENGTH and -(2**63) <= (value := int(digits)) < 2**63:
        return value
    raise NotJson("an integer does not fit into 64 bits")


def _number(digits: str) -> float:
    if len(digits) <= _MAX_NUMBER_LENGTH and isfinite(value := float(digits)):
        return value
    raise NotJson("a number is too large or too long")


def _no_constant(_: str) -> NoReturn:
    raise NotJson("NaN and Infinity are not JSON")


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotJson("an object has the same key twice")
    return result


def _inspect(parsed: JsonValue) -> None:
    """Check depth and every string, keys included; level by level, without recursion."""
    level, depth = [parsed], 0
    while level:
        containers = [value for value in level if isinstance(value, list | dict)]
        depth += bool(containers)
        if depth > MAX_DEPTH:
            raise NotJson(f"it is nested deeper than {MAX_DEPTH}")
        if not all(storable(value) for value in level if isinstance(value, str)):
            raise NotJson("a string has a NUL or a lone surrogate")
        level = [inner for value in containers for inner in _inside(value)]


def _inside(container: list[JsonValue] | dict[str, JsonValue]) -> list[JsonValue]:
    return container if isinstance(container, list) else [*container.keys(), *container.values()]


def storable(text: str) -> bool:
    """Whether a text can be encoded and stored at all: no NUL, no lone surrogate."""
    return not _UNSTORABLE.search(text)
