"""A stream of server-sent events that says when a screen has changed. The page then fetches itself: nothing else is in it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final, TypeVar

from aiohttp import web

from pages.web.page_headers import PAGE_HEADERS
from pages.web.visit import Visit
from services.screen_watch import Screen, TooManyScreens

V = TypeVar("V", int, str)
_HEARTBEAT: Final = 20.0  # seconds: proxies end a stream that says nothing for longer
_LONGEST: Final = (
    45  # lines of one stream: then the browser opens the next one, and the reader is checked again
)
_HEADERS: Final = {**PAGE_HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


async def stream_changes(
    visit: Visit,
    watching: AbstractAsyncContextManager[Screen[V]],
    event: Callable[[V], Awaitable[str | None]],
) -> web.StreamResponse:
    """One event for each change. event: its lines, by the version; None ends the stream. 204 where there are too many."""
    try:
        async with watching as screen:
            answer = web.StreamResponse(headers=_HEADERS)
            await answer.prepare(visit.request)
            with suppress(ConnectionError):  # the reader has left
                await answer.write(b"retry: 2000\n\n")
                await _send(screen, event, answer)
            return answer
    except TooManyScreens:
        return web.Response(status=204, headers=PAGE_HEADERS)


async def _send(
    screen: Screen[V], event: Callable[[V], Awaitable[str | None]], answer: web.StreamResponse
) -> None:
    for _ in range(_LONGEST):
        if await screen.changed(_HEARTBEAT):
            lines = await event(screen.shown)
            if lines is None:
                return
            await answer.write(f"{lines}\n\n".encode())
        elif screen.ended:
            return
        else:
            await answer.write(b": still open\n\n")
