"""Letters that ask and the pages behind them in a real browser: nothing overflows, all of it can be read and pressed."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from adapters.messages.renderer import TemplateRenderer
from adapters.pages.renderer import TemplatePages
from adapters.pages.samples import preflight_pages, sample_answer_pages, sample_reader
from tests.adapters.message_pages import language
from tests.browser.chromium import BROWSER, a_page, program
from tests.browser.letters import letters, pages, shown, with_style

pytestmark = pytest.mark.skipif(program() is None, reason=f"no Chromium here; {BROWSER} may name one")
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Of each element with text of its own: the contrast of its colour with the nearest ground behind it (WCAG 2.2, 1.4.3).
_LOWEST_CONTRAST = """() => {
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$|transparent/.test(c)) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.getClientRects().length;
  const ratio = (a, b) => Math.max(a, b) / Math.min(a, b);
  const texts = [...document.body.querySelectorAll('*')].filter(own);
  return Math.min(...texts.map(e => ratio(light(getComputedStyle(e).color), light(ground(e)))));
}"""
_SMALLEST_BUTTON = """() => Math.min(999, ...[...document.querySelectorAll('button, td > a')].map(e => {
  const box = (e.tagName === 'A' ? e.parentElement : e).getBoundingClientRect();
  return Math.min(box.width, box.height);
}))"""


@pytest.fixture(scope="module")
def contents() -> list[tuple[str, str]]:
    """Each page in each way in which it stands, and each letter, in the language with the longest words."""
    renderer = TemplatePages()
    found = [(name, with_style(page, renderer)) for name, page in pages(renderer)]
    found += [(name, shown(message)) for name, message in letters(TemplateRenderer())]
    return [(name, html) for name, html in found if "-de-" in name and not _repeats(name)]


def _repeats(name: str) -> bool:
    """Whether it is built like another one: only one sentence is another."""
    return "-shop-" in name or "-default-" in name or name.endswith(("-paid", "-return"))


@pytest.mark.parametrize(("width", "dark"), [(320, False), (360, True), (800, True)])
def test_everything_fits_can_be_read_and_be_pressed(
    contents: list[tuple[str, str]], width: int, dark: bool
) -> None:
    with a_page(width, dark=dark) as (page, requested):
        for name, html in contents:
            page.set_content(html)
            assert page.evaluate(_OVERFLOW) == 0, name
            assert page.evaluate(_LOWEST_CONTRAST) >= 4.5, name
            assert page.evaluate(_SMALLEST_BUTTON) >= 40, name
            assert page.locator("h1").count() == 1, name
            assert page.locator("img:not([alt])").count() == 0, name
        assert requested == []


def test_the_focus_is_visible_and_in_the_order_of_the_answers() -> None:
    renderer = TemplatePages()
    html = with_style(renderer.answer_page(next(sample_answer_pages())[1]), renderer)
    with a_page(360) as (page, _):
        page.set_content(html)
        assert [_focused(page), _focused(page)] == ["Wait for it", "Cancel it"]
        assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def _focused(page: Page) -> str:
    page.keyboard.press("Tab")
    return str(page.evaluate("document.activeElement.querySelector('b').textContent"))


def test_a_right_to_left_language_turns_the_whole_page(tmp_path: Path) -> None:
    renderer = TemplatePages(language(tmp_path, "he", "שלום "))
    assert preflight_pages(renderer) > 0
    _, sample = next(sample_answer_pages())
    page_of = sample.model_copy(update={"reader": sample_reader("he")})
    with a_page(360) as (page, _):
        page.set_content(with_style(renderer.answer_page(page_of), renderer))
        assert page.evaluate("document.documentElement.dir") == "rtl"
        assert page.evaluate(_OVERFLOW) == 0
        icon, words = (page.locator(f".answers button:first-of-type {part}").first for part in (".icon", "b"))
        there, here = icon.bounding_box(), words.bounding_box()
        assert there is not None
        assert here is not None
        assert there["x"] > here["x"], "what comes first is on the right"
