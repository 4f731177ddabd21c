"""The stream that says when the queue has changed. The page then fetches its rows, and nothing that has the focus moves."""

import asyncio
from contextlib import suppress

from aiohttp import web

from pages.web.page_headers import PAGE_HEADERS
from pages.web.visit import Visit

_PAUSE = 2.0  # seconds between two looks at the queue
_LOOKS = 450  # of one stream: then the browser opens the next one, and the session is checked again
_SILENT = 10  # looks after which a line is sent: proxies end a stream that says nothing for long


async def stream_changes(visit: Visit, merchant: str) -> web.StreamResponse:
    """One event `queue` for each change."""
    headers = {**PAGE_HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    answer = web.StreamResponse(headers=headers)
    await answer.prepare(visit.request)
    with suppress(ConnectionResetError):
        await answer.write(b": open\n\n")
        await _send(visit, merchant, answer)
    return answer


async def _send(visit: Visit, merchant: str, answer: web.StreamResponse) -> None:
    queue = visit.services.console.queue
    mark = await queue.mark(merchant)
    for number in range(_LOOKS):
        await asyncio.sleep(_PAUSE)
        newer = await queue.mark(merchant)
        if newer != mark:
            mark = newer
            await answer.write(b"event: queue\ndata: changed\n\n")
        elif number % _SILENT == 0:
            await answer.write(b": still open\n\n")
