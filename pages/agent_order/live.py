"""The stream that says that an order has a new version. The page then fetches itself."""

from aiohttp import web

from pages.web.change_stream import stream_changes
from pages.web.visit import Visit
from services.order_reader import FoundOrder


async def stream_versions(visit: Visit, order: FoundOrder, seen: int) -> web.StreamResponse:
    """`event: version` with its number, at each version after `seen`."""
    return await stream_changes(visit, visit.services.orders.watch.watching(order.id, seen), _event)


async def _event(version: int) -> str:
    return f"event: version\ndata: {version}"
