"""Responses as JSON, in the one form that we write."""

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import JsonValue, TypeAdapter

T = TypeVar("T")
Body = TypeVar("Body", covariant=True)


@dataclass(frozen=True)
class EncodedJson(Generic[Body]):
    """A response that is JSON already and is sent as it is. Not for operations with idempotency keys."""

    json: bytes


def to_json_values(shape: TypeAdapter[Any], body: Any) -> Any:
    """The response as JSON values."""
    return shape.dump_python(body, mode="json", by_alias=True, warnings="error")


def dump_json(body: JsonValue) -> bytes:
    """The bytes that are sent; they end with a newline, so that a terminal's prompt follows on a line of its own."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def encode(shape: TypeAdapter[T], body: T) -> EncodedJson[T]:
    """The response as the bytes that are sent."""
    return EncodedJson(dump_json(to_json_values(shape, body)))
