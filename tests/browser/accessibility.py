"""axe on a page of a real browser: `await assert_accessible(page)`."""

import asyncio

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route

from tests.patience import PATIENCE


async def assert_accessible(page: Page) -> None:
    """axe finds nothing on the page as it stands, and it does not scroll sideways."""
    async with asyncio.timeout(PATIENCE):  # axe never ends on a page that runs no script
        found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


async def assert_accessible_without_script(page: Page, with_script: Page) -> None:
    """The same for a page that runs no script, as axe is one: what it holds is shown to axe on the other page."""
    shown = await page.content()

    async def answer(route: Route) -> None:
        await route.fulfill(body=shown, content_type="text/html; charset=utf-8")

    await with_script.context.add_cookies(await page.context.cookies())  # type: ignore[arg-type]
    await with_script.route(page.url, answer)
    await with_script.goto(page.url)
    await with_script.unroute(page.url)
    await assert_accessible(with_script)
