"""A browser page on which a user of a shop has signed in, without the way through the form."""

import secrets

from playwright.async_api import Page

from tests.scenarios.people_of_a_shop import Colleague, colleague
from tests.scenarios.shop import Shop


async def signed_in(page: Page, shop: Shop, role: str = "agent", name: str = "Maria Ullrich") -> Colleague:
    """A new user of that role, whose session the page has from now on."""
    user = await colleague(shop, f"{secrets.token_hex(4)}@example.org", role, name)
    cookie = {"name": "smot_session", "value": user.token, "path": "/agents"}
    host = shop.deployment.addresses["api"].partition("://")[2].rpartition(":")[0]
    await page.context.add_cookies([{**cookie, "domain": host}])  # type: ignore[list-item]
    return user
