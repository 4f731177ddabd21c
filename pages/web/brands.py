"""A merchant's branding for a visit: `visit = await branded(visit, merchant)`."""

import hashlib
from urllib.parse import quote

from api.http.problems import Problem
from domain.branding import Branding
from pages.web.brand import PageBrand
from pages.web.visit import Visit


async def branded(visit: Visit, merchant: str, *, locale: str = "", zone: str = "") -> Visit:
    """The visit in the merchant's looks. Raises Problem not_found.

    locale, zone: of the order or the user, where one is known.
    """
    branding = await visit.services.merchants.branding.shown(merchant)
    if branding is None:
        raise Problem("not_found")
    reader = visit.read_as(locale=locale, zone=zone)
    return reader.read_as(brand=page_brand(merchant, branding, reader.locale))


def page_brand(merchant: str, branding: Branding, locale: str) -> PageBrand:
    """What the templates get."""
    return PageBrand(
        name=branding.name,
        accent=branding.accent.removeprefix("#"),
        logo=logo_address(merchant, branding),
        help_text=branding.help_text(locale),
        help_address=branding.help_address,
    )


def logo_address(merchant: str, branding: Branding) -> str:
    """A file of this server, with its hash, so that a new logo is seen at once; empty for none."""
    if not branding.logo:
        return ""
    digest = hashlib.sha256(branding.logo.encode()).hexdigest()[:12]
    return f"/brand/{quote(merchant, safe='')}/logo/{digest}"
