"""The design system in a real browser: every palette, width and direction, without findings of axe or refused files."""

import pytest
from playwright.async_api import Page, Request

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage


@pytest.mark.parametrize(
    ("width", "dark", "contrast"),
    [(390, False, False), (1280, True, False), (320, True, True)],
)
async def test_every_part_can_be_read_and_pressed(
    new_page: NewPage, width: int, dark: bool, contrast: bool
) -> None:
    page = await new_page(width, dark=dark, contrast=contrast)
    problems = recorded(page)
    for path in (
        "/design",
        "/design/console",
        "/design/console?dir=rtl",
    ):
        await page.goto(path)
        await assert_accessible(page)
    assert problems == []


async def test_a_failure_is_a_page_in_the_reader_s_language(new_page: NewPage) -> None:
    page = await new_page(locale="de-DE")
    answer = await page.goto("/design?" + "x=1&" * 1500)
    assert answer is not None
    assert answer.status == 400
    assert await page.locator("h1").inner_text() == "Das haben wir nicht verstanden"
    await assert_accessible(page)


def recorded(page: Page) -> list[str]:
    """What the browser complains about: scripts, refused files, other servers."""
    problems: list[str] = []

    def failed(request: Request) -> None:
        if not _left(request):
            problems.append(f"{request.failure} {request.url}")

    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", failed)
    return problems


def _left(request: Request) -> bool:
    """Whether it is a page's stream of changes, or its reading of a change, which the browser ends when it leaves the page."""
    return request.failure == "net::ERR_ABORTED" and any(
        one in request.url for one in ("/live?", "?package=")
    )
