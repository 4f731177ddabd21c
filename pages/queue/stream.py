"""The stream that says when the queue has changed. The page then fetches its rows, and nothing that has the focus moves."""

from contextlib import suppress

from aiohttp import web

from pages.web.page_headers import PAGE_HEADERS
from pages.web.visit import Visit
from services.console.queue_watch import QueueScreen, TooManyScreens

_HEARTBEAT = 20.0  # seconds: proxies end a stream that says nothing for longer
_LONGEST = 45  # lines of one stream: then the browser opens the next one, and the session is checked again


async def stream_changes(visit: Visit, merchant: str) -> web.StreamResponse:
    """One event `queue` for each change. 204 ends it where there are too many."""
    try:
        async with visit.services.console.watch.watching(merchant) as screen:
            headers = {**PAGE_HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
            answer = web.StreamResponse(headers=headers)
            await answer.prepare(visit.request)
            with suppress(ConnectionResetError):
                await answer.write(b": open\n\n")
                await _send(screen, answer)
            return answer
    except TooManyScreens:
        return web.Response(status=204, headers=PAGE_HEADERS)


async def _send(screen: QueueScreen, answer: web.StreamResponse) -> None:
    for _ in range(_LONGEST):
        if await screen.changed(_HEARTBEAT):
            await answer.write(b"event: queue\ndata: changed\n\n")
        elif screen.ended:
            return
        else:
            await answer.write(b": still open\n\n")
