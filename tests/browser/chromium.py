"""Pages in a real browser: Chromium of this machine, driven by playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, sync_playwright

BROWSER = "CHROMIUM"  # a path, where it has none of the names below
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """The path of Chromium, or None."""
    return os.environ.get(BROWSER) or next(filter(None, map(shutil.which, _NAMES)), None)


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
