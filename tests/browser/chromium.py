"""Pages in a real browser: Chromium of this machine, driven by playwright."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Page as AsyncPage
from playwright.async_api import async_playwright
from playwright.sync_api import Page, Route, sync_playwright

BROWSER = "CHROMIUM"  # a path, where it has none of the names below
_NAMES = ("chromium", "chromium-browser", "google-chrome")


_OWN = Path.home() / ".cache" / "ms-playwright"


def program() -> str | None:
    """The path of Chromium: this machine's, else the one that playwright has downloaded; or None."""
    here = os.environ.get(BROWSER) or next(filter(None, map(shutil.which, _NAMES)), None)
    return here or next(map(str, sorted(_OWN.glob("chromium*/chrome-*/*chrom*"), reverse=True)), None)


@contextmanager
def a_page(width: int = 640, *, dark: bool = False) -> Iterator[tuple[Page, list[str]]]:
    """A page without network access, and the addresses that it tried to load."""
    requested: list[str] = []

    def refuse(route: Route) -> None:
        requested.append(route.request.url)
        route.abort()

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": width, "height": 600}, color_scheme="dark" if dark else "light"
        )
        page.route("**/*", refuse)
        yield page, requested
        browser.close()


@asynccontextmanager
async def a_browser_without_script(port: int) -> AsyncIterator[tuple[AsyncPage, list[str]]]:
    """A page that runs no script and finds `http://shop.example` at that port of this machine; and what it requested."""
    requested: list[str] = []
    rules = f"--host-resolver-rules=MAP shop.example:80 127.0.0.1:{port}"
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program(), args=["--no-sandbox", rules])
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
        page = await context.new_page()
        context.on("request", lambda request: requested.append(request.url))
        yield page, requested
        await browser.close()
