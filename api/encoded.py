"""Answers as JSON, in the one way we write it."""

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import JsonValue, TypeAdapter

T = TypeVar("T")


@dataclass(frozen=True)
class EncodedJson(Generic[T]):
    """An answer of that shape which is JSON already, to be sent as it is. Not for operations that keep their answers."""

    json: bytes


def to_json_values(shape: TypeAdapter[Any], body: Any) -> Any:
    """The answer as JSON's own values."""
    return shape.dump_python(body, mode="json", by_alias=True, warnings="error")


def dump_json(body: JsonValue) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def encode(shape: TypeAdapter[T], body: T) -> EncodedJson[T]:
    """The answer as the very bytes that it would be sent as."""
    return EncodedJson(dump_json(to_json_values(shape, body)))
