"""Answers are sent compressed (gzip) where the client takes that and no secret can be learnt from their length.

A compressed answer is shorter where a text that a stranger chose stands beside the same text. A stranger who can make a
browser send its cookies again and again, and sees how long the answers are, guesses secrets of a page by this (BREACH). So an
answer to a request with a cookie is compressed only where the browser itself says that no other site has caused the request.
"""

import asyncio
import gzip
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

_TYPES: Final = frozenset(
    {
        "text/html", "text/css", "text/csv", "text/plain", "text/javascript", "image/svg+xml",
        "application/json", "application/problem+json", "application/jsonl",
    }
)  # fmt: skip
_LEAST: Final = 1024  # bytes: a shorter answer fits into one packet anyway
_LARGE: Final = 64 * 1024  # bytes: packed in a thread, so that others are served meanwhile
_LEVEL: Final = 5
_OWN: Final = frozenset({"same-origin", "none"})  # the page itself, or an address that a person typed


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress the whole answers of the handlers below. A stream of events is no whole answer, and is sent as it comes."""
    answer = await handler(request)
    if not isinstance(answer, web.Response) or not _can_be_packed(answer):
        return answer
    body = answer.body
    assert isinstance(body, bytes)
    answer.headers[hdrs.VARY] = ", ".join(
        one for one in (answer.headers.get(hdrs.VARY), "Accept-Encoding") if one
    )
    if _accepts_gzip(request) and _is_safe(request):
        packing = asyncio.to_thread(_packed, body) if len(body) > _LARGE else None
        answer.body = await packing if packing else _packed(body)
        answer.headers[hdrs.CONTENT_ENCODING] = "gzip"
    return answer


def _can_be_packed(answer: web.Response) -> bool:
    """An ETag names the bytes that are sent, so an answer with one stays as it is."""
    return (
        not answer.prepared
        and hdrs.CONTENT_ENCODING not in answer.headers
        and hdrs.ETAG not in answer.headers
        and answer.content_type in _TYPES
        and isinstance(answer.body, bytes)
        and len(answer.body) >= _LEAST
    )


def _accepts_gzip(request: web.Request) -> bool:
    for named in request.headers.get(hdrs.ACCEPT_ENCODING, "").split(","):
        coding, *parameters = (part.strip().lower() for part in named.split(";"))
        if coding == "gzip":
            return not any(one.replace(" ", "").rstrip("0.") == "q=" for one in parameters)
    return False


def _is_safe(request: web.Request) -> bool:
    """Scripts of a page cannot set or change `Sec-Fetch-Site`; a browser without it gets its pages uncompressed."""
    return hdrs.COOKIE not in request.headers or request.headers.get("Sec-Fetch-Site", "") in _OWN


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)
