"""A file that is made while it is sent, so that no more than a part of it is in memory."""

from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from pages.web.page_headers import PAGE_HEADERS
from pages.web.visit import Visit


async def download(
    visit: Visit, parts: AsyncIterator[bytes], name: str, media_type: str
) -> web.StreamResponse:
    """Send the parts as a file of that name.

    The first part is made before the answer begins, so that a failure is still a page. After a later failure the connection is
    cut: half a file must not look like a whole one.
    """
    first = await anext(parts, b"")
    headers = {
        **PAGE_HEADERS,
        "Content-Type": f"{media_type}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    answer = web.StreamResponse(headers=headers)
    await answer.prepare(visit.request)
    if visit.request.method == "HEAD":
        return answer
    try:
        with suppress(ConnectionError):  # the reader has left
            await answer.write(first)
            async for part in parts:
                await answer.write(part)
    except BaseException:
        if visit.request.transport is not None:
            visit.request.transport.abort()
        raise
    return answer
