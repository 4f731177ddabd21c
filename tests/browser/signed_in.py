"""A page of the console for a user who has signed in over HTTP: `await signed_in(page, shop, "admin")`."""

import secrets

from playwright.async_api import Page

from tests.scenarios.people_of_a_shop import Colleague, colleague
from tests.scenarios.shop import Shop


async def signed_in(page: Page, shop: Shop, role: str = "agent", name: str = "Maria Ullrich") -> Colleague:
    """The page has the session's cookie from now on."""
    user = await colleague(shop, f"{role}-{secrets.token_hex(3)}@example.org", role, name)
    address = shop.deployment.addresses["api"] + "/agents"
    await page.context.add_cookies([{"name": "smot_session", "value": user.token, "url": address}])
    return user
