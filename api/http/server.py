"""How aiohttp is run: its defaults would wait an hour for a request, and its own answers name it and repeat what was sent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from api.http import metrics
from api.http.connections import ConnectionLimits, OpenConnections
from api.http.problems import Problem, ProblemCode
from api.http.security_headers import SECURITY_HEADERS, SERVER
from services.exceptions import describe_exception


class _WithoutRequestText(logging.Filter):
    """aiohttp logs what it cannot serve with a traceback that quotes it; the type is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        record.msg = f"request not served: {type(error).__name__}" if error else "request not served"
        record.args, record.exc_info, record.exc_text = None, None, None
        return True


log = logging.getLogger(__name__)
_aiohttp_log = logging.getLogger(f"{__name__}.aiohttp")
_aiohttp_log.addFilter(_WithoutRequestText())

OPTIONS: Final[dict[str, Any]] = {
    "keepalive_timeout": 15.0,  # also the only limit for half-sent headers; the default is 3,630 s
    "lingering_time": 2.0,  # reading on after an early response; the default of 10 s helps only slow attackers
    "auto_decompress": False,  # signatures cover the bytes that were sent
    "access_log": None,  # it would write whole paths
    "logger": _aiohttp_log,
}
_Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class _HttpConnection(RequestHandler):
    """One connection. What aiohttp cannot read, or fails at before our code, is answered with a problem document."""

    @property
    def is_silent(self) -> bool:
        return not self._request_in_progress and not self._messages

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The problem document. What cannot be read is no error here. Raises ConnectionError when a part was sent already."""
        if status < 500:
            log.info("request not served: %s", type(exc).__name__)
        else:
            log.error("request failed before its route: %s", describe_exception(exc) if exc else status)
        if request.writer.output_size > 0:
            raise ConnectionError("half an answer was sent")
        return _document("bad_request" if status < 500 else "internal")


class _Server(web.Server):
    """Connections within limits."""

    def __init__(self, handler: _Handler, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(handler, **options)
        self._open = OpenConnections[_HttpConnection](limits)

    def __call__(self) -> RequestHandler:
        return _HttpConnection(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        assert isinstance(handler, _HttpConnection)
        peer = transport.get_extra_info("peername")
        self._open.add(handler, peer[0] if peer else None)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        assert isinstance(handler, _HttpConnection)
        self._open.remove(handler)
        super().connection_lost(handler, exc)


class _Runner(web.AppRunner):
    def __init__(self, app: web.Application, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(app, **options)
        self._limits = limits

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        handler = partial(_serve, made.request_handler)
        return _Server(handler, self._limits, request_factory=made.request_factory, **made._kwargs)


async def _serve(handler: _Handler, request: web.BaseRequest) -> web.StreamResponse:
    """An `Expect` that is not `100-continue` is refused here: aiohttp would do it before any of our code."""
    expected = request.headers.get("Expect")
    if expected and expected.lower() != "100-continue":
        return _document("expectation_failed")
    return await handler(request)


def _document(code: ProblemCode) -> web.Response:
    """The problem as a whole response, after which the connection ends: nothing else adds headers to it or counts it."""
    response = Problem(code).response()
    response.headers.update({**SECURITY_HEADERS, "Server": SERVER})
    response.force_close()
    metrics.record_request(None, "", response.status, 0.0)
    return response


def runner(app: web.Application, limits: ConnectionLimits | None = None, **options: Any) -> web.AppRunner:
    """The app, ready to be set up and bound to a site. Requests that run at shutdown have `shutdown_timeout` seconds to end."""
    return _Runner(
        app,
        limits or ConnectionLimits(),
        handle_signals=False,
        **{"shutdown_timeout": 10.0, **OPTIONS, **options},
    )
