"""What a fault does to a request or its answer."""

import asyncio
import json
from contextlib import suppress
from typing import Final

from aiohttp import web

from simulators.base import json_response
from simulators.payments.stripe.call import Body, StripeAnswer, api_error
from simulators.payments.stripe.controls import StripeFault

_HTML: Final = "<html><body><h1>We will be right back</h1></body></html>"
_LOCKED: Final = (
    "This object cannot be accessed right now because another API request or Stripe process is currently"
    " accessing it."
)
_STATUSES: Final = {
    "rate_limit": (429, api_error("Request rate limit exceeded.", "rate_limit")),
    "lock_timeout": (429, api_error(_LOCKED, "lock_timeout")),
    "unavailable": (503, api_error("Service unavailable", kind="api_error")),
    "external": (424, api_error("External dependency failed", kind="api_error")),
}
_SHAPES: Final[dict[str, object]] = {
    "charge": {"id": "ch_1", "object": "charge", "amount": 1, "currency": "eur"},
    "list": [1, 2],
    "empty": {},
}


def is_without_work(fault: StripeFault) -> bool:
    """Whether the request is answered before it is looked at: its key is not touched."""
    is_limit = fault.kind in ("rate_limit", "lock_timeout")
    return is_limit or (fault.when == "before" and fault.kind not in ("error", "hang", "cut_in_body"))


async def response_for(
    request: web.Request, fault: StripeFault, answer: StripeAnswer
) -> web.StreamResponse | None:
    """What the client gets instead of that answer; None for the answer itself."""
    if fault.kind == "cut":
        return _cut(request)
    if fault.kind == "cut_in_body":
        return await _cut_in_body(request, answer.body)
    if fault.kind == "html":
        return web.Response(text=_HTML, content_type="text/html")
    if fault.kind == "other":
        return json_response(_SHAPES.get(fault.shape, _other_refund(answer.body)))
    if fault.kind == "hang" and fault.when == "after":
        await asyncio.sleep(fault.seconds)
    if fault.kind not in _STATUSES:
        return None
    status, error = _STATUSES[fault.kind]
    should_retry = "true" if fault.kind == "lock_timeout" else fault.should_retry
    return json_response(
        {"error": error}, status, {"Stripe-Should-Retry": should_retry} if should_retry else None
    )


def _other_refund(body: Body) -> Body:
    """A refund of another payment."""
    return {
        **body,
        "id": "re_another",
        "payment_intent": "pi_another",
        "charge": "ch_another",
        "metadata": {},
    }


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut_in_body(request: web.Request, body: Body) -> web.StreamResponse:
    text = json.dumps(body).encode()
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(text))}
    )
    with suppress(ConnectionError):  # the client may have gone
        await response.prepare(request)
        await response.write(text[: len(text) // 2])
    _cut(request)
    return response
