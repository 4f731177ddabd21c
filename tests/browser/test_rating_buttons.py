"""The buttons of a rating stand within a phone's page, all of them, however many there are."""

from types import SimpleNamespace
from typing import Any, cast

from aiohttp.test_utils import make_mocked_request
from playwright.async_api import Browser

from pages.web.catalogues import PAGES
from pages.web.rendering import screen_renderer
from pages.web.visit import Visit

_STYLES = ("design/vendor/pico.min.css", "design/static/tokens.css", "design/static/customer.css")
_ENDS = (
    "Math.max(...[...document.querySelectorAll('.scale button')].map(e => e.getBoundingClientRect().right))"
)


def a_survey(survey: str, scores: range) -> str:
    """The page of a survey, with its styles in it."""
    renderer = screen_renderer()
    request = make_mocked_request("GET", "/feedback/token")
    visit = Visit(request, cast("Any", None), renderer, locale="de", zone="Europe/Berlin", csrf="c")
    asked = SimpleNamespace(survey=survey, scores=tuple(scores), score=None, commented=False, number="1001")
    html = renderer.html(
        visit, "feedback/page.html", {"asked": asked, "wanted": None, "page": "/feedback/token", "limit": 500}
    )
    styles = "".join((PAGES / one).read_text("utf-8") for one in _STYLES)
    return html.replace("</head>", f"<style>{styles}</style></head>")


async def test_every_score_can_be_seen_and_pressed_on_a_phone(chromium: Browser) -> None:
    page = await chromium.new_page()
    await page.route("**/*", lambda route: route.abort())  # the page is given as text, with its styles in it
    for survey, scores in (("csat", range(1, 6)), ("ces", range(1, 8)), ("nps", range(11))):
        await page.set_content(a_survey(survey, scores))
        assert await page.locator(".scale button").count() == len(scores)
        for width in (320, 360, 390):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate(_ENDS) <= width - 16, (survey, width)
            assert await page.evaluate("document.documentElement.scrollWidth") == width, (survey, width)
    await page.close()
