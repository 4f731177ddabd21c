"""JSON in answers of WordPress: plugins and caches leave notices, marks, blanks and packed bytes around it."""

import json
import re
import zlib
from codecs import BOM_UTF8
from itertools import islice

_GZIP = b"\x1f\x8b"
_MAX_PLAIN = 8_000_000
_MAX_STARTS = 50  # places where the answer may begin: notices have brackets too
# A value behind one of these is a part of another one.
_START = re.compile(r"(?<![:,\[{\s])\s*([{\[])")
_MORE = re.compile(r'\{\s*"|\[\s*\{')


def find_json(body: bytes) -> object:
    """The only JSON object or list in the body, whatever text surrounds it; None where there is none, or not a whole one.

    A value inside one that was cut off is not taken for the answer: an empty list in half an order is no empty list of orders.
    """
    text = _unpacked(body).removeprefix(BOM_UTF8).decode("utf-8", "replace").strip()
    decoder = json.JSONDecoder()
    for start in islice(_START.finditer(text), _MAX_STARTS):
        try:
            value, end = decoder.raw_decode(text, start.start(1))
        except (ValueError, RecursionError):
            continue
        if _is_answer(value):
            found: object = value
            return None if _MORE.search(text, end) else found
    return None


def _is_answer(value: object) -> bool:
    """Answers are objects, or lists of objects; a notice may have something like `[0]`."""
    return isinstance(value, dict) or (
        isinstance(value, list) and all(isinstance(item, dict) for item in value)
    )


def _unpacked(body: bytes) -> bytes:
    """The body; packed bytes that no header announced are unpacked, up to a size."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _MAX_PLAIN)
    except zlib.error:
        return b""
