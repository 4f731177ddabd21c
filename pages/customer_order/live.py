"""The stream that says when the page has changed. The page then loads itself again, and nothing that has the focus moves."""

from contextlib import suppress

from aiohttp import web

from pages.customer_order.opened import OpenedOrder, opened
from pages.web.page_headers import PAGE_HEADERS
from services.orders.order_watch import TooManyViewers, Viewer

_HEARTBEAT = 20.0  # seconds: proxies end a stream that says nothing for longer
_LONGEST = 45  # heartbeats of one stream: then the browser opens the next one, and the link is checked again


async def stream(order: OpenedOrder) -> web.StreamResponse:
    """One event `changed` for each newer version, with its number as id. 204 ends it where there are too many."""
    visit = order.visit
    seen = visit.query.number("seq") or 0
    try:
        async with visit.services.orders.watch.watching(order.order.id, seen) as viewer:
            answer = web.StreamResponse(
                headers={**PAGE_HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
            )
            await answer.prepare(visit.request)
            with suppress(ConnectionResetError):
                await answer.write(b": open\n\n")
                await _send(order, viewer, answer)
            return answer
    except TooManyViewers:
        return web.Response(status=204, headers=PAGE_HEADERS)


async def _send(order: OpenedOrder, viewer: Viewer, answer: web.StreamResponse) -> None:
    for _ in range(_LONGEST):
        if not await viewer.newer(_HEARTBEAT):
            if viewer.ended:
                return
            await answer.write(b": still open\n\n")
            continue
        if not isinstance(await opened(order.visit), OpenedOrder):
            return  # the shop has ended its links
        version = await order.visit.services.orders.reader.version(order.order.merchant, order.order.id)
        if version is None or version.version is None:
            return
        viewer.show(version.version.seq)
        await answer.write(
            f"event: changed\nid: {version.version.seq}\ndata: {version.version.seq}\n\n".encode()
        )
