"""The page of a link that opens nothing: it says why, and what to do next, in the shop's looks where the shop is known."""

from typing import Final

from aiohttp import web

from pages.web.brands import branded
from pages.web.rendering import render
from pages.web.visit import Visit

_GONE: Final = ("erased",)


async def dead_link(visit: Visit, why: str, merchant: str) -> web.Response:
    """404, or 410 where there is nothing any more. merchant: whose the link was; empty where that cannot be known."""
    shop = await branded(visit, merchant) if merchant else visit
    status = 410 if why in _GONE else 404
    return render(shop, "design/dead_link.html", status=status, why=why, merchant=merchant)
