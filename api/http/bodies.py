"""Reading bodies: raw bytes within a size and a deadline, then strict JSON, then the documented schema."""

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web
from pydantic import JsonValue, TypeAdapter, ValidationError

from api.http import strict_json
from api.http.list_lengths import ListLengths
from api.http.problems import Problem
from api.http.validation_errors import validation_errors

T = TypeVar("T")

JSON_LIMIT = 256 * 1024
CUSTOMER_LIMIT = 32 * 1024  # where anyone with a customer's link may post
WEBHOOK_LIMIT = 1024 * 1024
BODY_TIMEOUT = 10.0  # seconds for the whole body; aiohttp itself would wait forever
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json")


async def read_raw(
    request: web.Request,
    limit: int = JSON_LIMIT,
    timeout: float = BODY_TIMEOUT,
    count: Callable[[int], None] | None = None,
) -> bytes:
    """The body as it was sent, byte for byte: signatures cover these bytes.

    `count` is given the size of each piece before it is kept, and may raise. Raises Problem unsupported_encoding (for a
    compressed body, before any of it is read), body_too_large, body_timeout or body_incomplete.
    """
    _refuse_compression(request)
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        if is_here(request):
            return _counted(request.content.read_nowait(), limit, limit, count)
        return await _read(request, limit, timeout, count)
    except TimeoutError:
        raise Problem("body_timeout", f"The whole body must arrive within {timeout:g} seconds.") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Problem("body_incomplete") from None


def is_here(request: web.Request) -> bool:
    """Whether the whole body has arrived, as that of a small request does together with its headers: nothing waits for it."""
    return request.content.is_eof() and request.content.exception() is None


async def _read(
    request: web.Request, limit: int, timeout: float, count: Callable[[int], None] | None
) -> bytes:
    raw = bytearray()
    async with asyncio.timeout(timeout):
        async for chunk in request.content.iter_any():
            raw += _counted(chunk, limit - len(raw), limit, count)
    return bytes(raw)


def _counted(chunk: bytes, left: int, limit: int, count: Callable[[int], None] | None) -> bytes:
    if len(chunk) > left:
        raise _too_large(limit)
    if count is not None:
        count(len(chunk))
    return chunk


async def read_json(
    request: web.Request, limit: int = JSON_LIMIT, timeout: float = BODY_TIMEOUT
) -> tuple[bytes, JsonValue]:
    """The raw bytes and the JSON value in them. Raises as read_raw, and Problem malformed_json or unsupported_…"""
    _refuse_compression(request)
    _refuse_other_types(request)
    raw = await read_raw(request, limit, timeout)
    try:
        return raw, strict_json.loads(raw)
    except strict_json.TooManyValues:
        raise Problem("body_too_large", f"The limit is {strict_json.MAX_VALUES} values.") from None
    except strict_json.NotJson as error:
        raise Problem("malformed_json", f"The body cannot be read: {error}.") from None


def validate_body(shape: TypeAdapter[T], lengths: ListLengths, raw: bytes, sent: JsonValue) -> T:
    """The typed body, in pydantic's strict JSON mode (no "1" for 1). `raw` was read by read_json.

    Raises Problem invalid_body with `errors`; for a list that is too long before anything else is looked at.
    """
    too_long = lengths.first_too_long(sent)
    if too_long is not None:
        pointer, limit = too_long
        error = {"pointer": pointer, "code": "too_long", "detail": f"At most {limit} items"}
        raise Problem("invalid_body", errors=[error])
    try:
        return shape.validate_json(raw, strict=True)
    except ValidationError as error:
        raise Problem("invalid_body", errors=validation_errors(error, sent)) from None


def _too_large(limit: int) -> Problem:
    return Problem("body_too_large", f"The limit is {limit} bytes.", limit=limit)


def _refuse_compression(request: web.Request) -> None:
    encodings = request.headers.getall("Content-Encoding", [])
    if any(one.strip().lower() not in ("", "identity") for one in encodings):
        raise Problem("unsupported_encoding", headers={"Accept-Encoding": "identity"})


def _refuse_other_types(request: web.Request) -> None:
    declared = request.headers.getall("Content-Type", [])
    if len(declared) != 1 or not _JSON_TYPE.fullmatch(request.content_type):
        raise Problem("unsupported_media_type", "Send Content-Type: application/json.")
    charset = request.charset
    if charset is not None and charset.lower().replace("-", "") != "utf8":
        raise Problem("unsupported_charset", "Send UTF-8.")
