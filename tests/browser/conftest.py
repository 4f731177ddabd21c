"""Fixtures of the browser tests: one deployment, and one Chromium in each test process."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.browser.chromium import BROWSER, program
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.shared_deployment import FAST_DELETION, LOCAL_WEBHOOKS

NewPage = Callable[..., Awaitable[Page]]
_PATIENCE = PATIENCE * 1000  # milliseconds
expect.set_options(timeout=_PATIENCE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if program() is None:
        pytest.skip(f"no Chromium here; {BROWSER} may name one")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A `smot up` on SQLite that all browser tests of a process share. Each test makes a merchant of its own."""
    deployment = Deployment(tmp_path_factory.mktemp("browser") / "data", {**FAST_DELETION, **LOCAL_WEBHOOKS})
    await deployment.open()
    yield deployment
    await deployment.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(live: Deployment, chromium: Browser) -> AsyncIterator[NewPage]:
    """Opens pages of the deployment: `await new_page(width=390, dark=True, script=False)`. Each has cookies of its own."""
    contexts: list[BrowserContext] = []

    async def open_page(
        width: int = 1280,
        *,
        dark: bool = False,
        script: bool = True,
        locale: str = "en-GB",
        contrast: bool = False,
    ) -> Page:
        context = await chromium.new_context(
            base_url=live.addresses["api"],
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            contrast="more" if contrast else "no-preference",
            java_script_enabled=script,
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(_PATIENCE)
        return await context.new_page()

    yield open_page
    for context in contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser_page(new_page: NewPage) -> Page:
    """One page of the deployment, 1280 px wide, in light colours."""
    return await new_page()
