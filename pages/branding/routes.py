"""The files of a merchant's looks: a style sheet for its colour, and its logo."""

from aiohttp import web

from api.http.problems import Problem
from domain.colours import PALETTES, Accent, is_colour, mended
from pages.web.routes import page
from pages.web.visit import Visit

_KEPT = "public, max-age=31536000, immutable"
_MEDIA = (
    "all",
    "(prefers-color-scheme: dark)",
    "(prefers-contrast: more)",
    "(prefers-contrast: more) and (prefers-color-scheme: dark)",
)


@page("GET", "/brand/{accent}.css")
async def accent_style(visit: Visit) -> web.Response:
    """The colour in every palette, mended until it can be read. It is part of the address, so it can be kept for ever."""
    colour = visit.path["accent"]
    if not is_colour(colour) or colour != colour.lower():
        raise Problem("not_found")
    rules = [
        f"@media {media}{{:root{{{_tokens(mended(colour, palette))}}}}}"
        for media, palette in zip(_MEDIA, PALETTES, strict=True)
    ]
    headers = {"Cache-Control": _KEPT, "Content-Security-Policy": "default-src 'none'"}
    return web.Response(text="\n".join(rules) + "\n", content_type="text/css", headers=headers)


@page("GET", "/brand/{merchant}/logo/{digest}")
async def logo(visit: Visit) -> web.Response:
    """The merchant's logo as it is now; its type comes from its bytes."""
    branding = await visit.services.merchants.branding.of(visit.path["merchant"])
    picture = branding.picture if branding else None
    if picture is None:
        raise Problem("not_found")
    headers = {"Cache-Control": _KEPT, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.Response(body=picture[1], content_type=picture[0], headers=headers)


def _tokens(accent: Accent) -> str:
    return (
        f"--accent:{accent.colour};--accent-hover:{accent.hover};--on-accent:{accent.on};"
        f"--accent-soft:{accent.soft}"
    )
