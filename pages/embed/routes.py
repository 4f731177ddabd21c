"""`/embed/order`: only pages of the merchant's allowed origins may frame it."""

from aiohttp import web

from pages.web.page_headers import policy
from pages.web.rendering import render
from pages.web.routes import page
from pages.web.visit import Visit
from services.tokens import MAX_TOKEN_LENGTH


@page("GET", "/embed/order")
async def show_panel(visit: Visit) -> web.StreamResponse:
    """The orders of the link; without a good link it says what to do."""
    opened = await visit.services.console.panel.opened(visit.query.text("token", MAX_TOKEN_LENGTH))
    if opened is None:
        return render(visit, "embed/ended.html", status=410)
    merchant, orders = opened
    origins = await visit.services.merchants.origins.of(merchant)
    headers = {
        "Content-Security-Policy": policy(" ".join(origins) or "'none'"),
        "Cross-Origin-Opener-Policy": "unsafe-none",
    }
    return render(visit, "embed/panel.html", headers=headers, orders=orders)
