"""axe on a page of a real browser: `await assert_accessible(page)`."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page


async def assert_accessible(page: Page) -> None:
    """axe finds nothing on the page as it stands, and it does not scroll sideways."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
