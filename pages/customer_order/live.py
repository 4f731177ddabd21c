"""The stream that says when the page has changed. The page then loads itself again, and nothing that has the focus moves."""

from aiohttp import web

from pages.customer_order.opened import OpenedOrder, opened
from pages.web.change_stream import stream_changes


async def stream(order: OpenedOrder) -> web.StreamResponse:
    """One event `changed` for each newer version, with its number as id."""
    visit = order.visit
    watching = visit.services.orders.watch.watching(order.order.id, visit.query.number("seq") or 0)

    async def event(version: int) -> str | None:
        if not isinstance(await opened(visit), OpenedOrder):
            return None  # the shop has ended its links
        return f"event: changed\nid: {version}\ndata: {version}"

    return await stream_changes(visit, watching, event)
