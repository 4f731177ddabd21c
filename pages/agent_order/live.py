"""The stream that says that an order has a new version. The page then fetches itself; nothing of the order is in the stream."""

import asyncio
from typing import Final

from aiohttp import web

from pages.web.visit import Visit
from services.order_reader import FoundOrder, OrderReader

POLL: Final = 1.0
"""Seconds between two looks at the order's version."""
LIFE: Final = 600.0
"""Seconds after which the stream ends; the browser opens another one, which is authorized anew."""
_BEAT: Final = 15.0


async def stream_versions(visit: Visit, order: FoundOrder, seen: int) -> web.StreamResponse:
    """`event: version` at each new version after `seen`, a comment every quarter of a minute."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(visit.request)
    reader, clock = visit.services.orders.reader, asyncio.get_running_loop().time
    ends, beat = clock() + LIFE, clock() + _BEAT
    await response.write(b"retry: 2000\n\n")
    try:
        while clock() < ends:
            seq = await _version(reader, order)
            if seq > seen:
                seen = seq
                await response.write(f"event: version\ndata: {seq}\n\n".encode())
            elif clock() > beat:
                beat = clock() + _BEAT
                await response.write(b": still here\n\n")
            await asyncio.sleep(POLL)
    except ConnectionError:
        pass  # the reader has left
    return response


async def _version(reader: OrderReader, order: FoundOrder) -> int:
    found = await reader.version(order.merchant, order.id)
    return found.version.seq if found is not None and found.version is not None else 0
