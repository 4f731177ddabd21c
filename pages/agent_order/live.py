"""The stream that says that an order has a new version. The page then fetches itself; nothing of the order is in the stream."""

from contextlib import suppress
from typing import Final

from aiohttp import web

from pages.web.visit import Visit
from services.order_reader import FoundOrder
from services.orders.order_watch import TooManyViewers, Viewer

_BEAT: Final = 15.0  # seconds
_BEATS: Final = 40  # of one stream: then the browser opens a new one, which is authorized again
_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


async def stream_versions(visit: Visit, order: FoundOrder, seen: int) -> web.StreamResponse:
    """`event: version` at each new version after `seen`, a comment every quarter of a minute. 204 where there are too many."""
    try:
        async with visit.services.orders.watch.watching(order.id, seen) as viewer:
            response = web.StreamResponse(headers=_HEADERS)
            await response.prepare(visit.request)
            with suppress(ConnectionError):  # the reader has left
                await response.write(b"retry: 2000\n\n")
                await _send(visit, order, viewer, response)
            return response
    except TooManyViewers:
        return web.Response(status=204)


async def _send(visit: Visit, order: FoundOrder, viewer: Viewer, response: web.StreamResponse) -> None:
    for _ in range(_BEATS):
        if await viewer.newer(_BEAT):
            found = await visit.services.orders.reader.version(order.merchant, order.id)
            if found is None or found.version is None:
                return
            viewer.show(found.version.seq)
            await response.write(f"event: version\ndata: {found.version.seq}\n\n".encode())
        elif viewer.ended:
            return
        else:
            await response.write(b": still here\n\n")
