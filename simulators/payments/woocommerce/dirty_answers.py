"""Answers as plugins, proxies and caches leave them: right at heart and hard to read, or lost."""

import asyncio
import gzip
import json

from aiohttp import web

from simulators.payments.woocommerce.refusals import NOT_CREATED, Answer
from simulators.payments.woocommerce.schemas import FaultKind, ShopFault

_NOTICE = b"<br />\n<b>Notice</b>: Undefined index: tax in <b>/www/plugin.php</b> on line <b>12</b><br />\n"
_GATEWAY_TIMEOUT = b"<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>"


def clean(answer: Answer) -> web.Response:
    """The answer as WooCommerce writes it."""
    return _json(answer.status, json.dumps(answer.body).encode(), answer.headers)


def gateway_timeout() -> web.Response:
    """The page of a proxy that gave up."""
    return web.Response(status=504, body=_GATEWAY_TIMEOUT, content_type="text/html")


def too_many_requests() -> web.Response:
    """The page of a host that allows so many requests a minute."""
    return web.Response(
        status=429, body=b"<html><body>Too many requests</body></html>", content_type="text/html"
    )


async def spoiled(request: web.Request, answer: Answer, fault: ShopFault) -> web.StreamResponse:
    """The answer to a refund that was made, as the fault has it."""
    body = json.dumps(answer.body).encode()
    match fault.kind:
        case "not_created_400":
            return clean(NOT_CREATED)
        case "html_504_after":
            return gateway_timeout()
        case "other_object":
            return clean(
                Answer(201, {**answer.body, "id": 1, "amount": "0.01", "reason": "", "meta_data": []})
            )
        case "empty_answer":
            return _json(200, b"", {})
        case "cut_body":
            return await _cut(request, body)
        case "hang":
            await asyncio.sleep(fault.seconds)
    status = 500 if fault.kind == "html_and_500" else answer.status
    return _json(status, _dirty(fault.kind, body), {})


def _dirty(kind: FaultKind, body: bytes) -> bytes:
    match kind:
        case "html_before_json" | "html_and_500":
            return _NOTICE + body
        case "byte_order_mark":
            return b"\xef\xbb\xbf" + body
        case "blank_lines":
            return b"\n\n  " + body + b"\n1"
        case "gzip_unmarked":
            return gzip.compress(body)
    return body


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    """Half the body, then the connection ends."""
    response = web.StreamResponse(status=201, headers={"Content-Type": "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response


def _json(status: int, body: bytes, headers: dict[str, str]) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
