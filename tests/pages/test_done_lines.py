"""What a form has done is said on the next page alone, in words that exist, and in no words of another site."""

import ast
import base64
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from aiohttp.test_utils import make_mocked_request

from domain.journey.command_choices import ABOUT
from pages.web.done_lines import DONE_COOKIE, DoneLine, go_on, kept_line
from pages.web.rendering import screen_renderer
from pages.web.static_files import PAGES
from pages.web.visit import Visit

LINE = DoneLine("question_handed_over", "1004", who="Zoë <b>Ünal</b>")
DEEDS = {*re.findall(r'^  "(\w+)": _', (PAGES / "design/done.html").read_text(), re.MULTILINE)}


def a_visit(path: str, session: str, kept: str = "") -> Visit:
    cookies = f"smot_session={session}" + (f"; {DONE_COOKIE}={kept}" if kept else "")
    request = make_mocked_request("GET", path, headers={"Cookie": cookies})
    return Visit(request, cast("Any", None), screen_renderer())


def deeds_of_forms() -> Iterator[str]:
    """The names that forms give to what they have done."""
    for file in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("DoneLine", "_changed"):
                yield from (
                    str(one.value)
                    for argument in node.args
                    for one in ast.walk(argument)
                    if isinstance(one, ast.Constant) and one.value
                )


def test_every_deed_has_its_words() -> None:
    given = {*deeds_of_forms()}
    assert {"question_claimed", "close", "privacy_request_made"} <= given
    assert sorted(({*given, *ABOUT}) - DEEDS) == []


def test_the_line_is_for_its_session_and_for_the_page_that_comes_next() -> None:
    answer = go_on(a_visit("/agents/queue/hand-over", "one"), "/agents?view=mine", LINE)
    assert (answer.status, answer.headers["Location"]) == (303, "/agents?view=mine")
    cookie = answer.cookies[DONE_COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/agents", True, "Lax")
    assert kept_line(a_visit("/agents?view=mine", "one", cookie.value)) == LINE
    assert kept_line(a_visit("/agents/kpis", "one", cookie.value)) is None
    assert kept_line(a_visit("/agents", "another", cookie.value)) is None
    nested = base64.urlsafe_b64encode(b"[" * 5900).decode()
    for forged in (
        cookie.value[:-1],
        cookie.value.partition(".")[0],
        "W10.x",
        "!.x",
        "WzEsMl0",
        nested,
    ):
        assert kept_line(a_visit("/agents", "one", forged)) is None


@pytest.mark.parametrize("language", ["en", "de", "zh-Hans"])
def test_each_deed_is_a_line_in_every_language(language: str) -> None:
    visit = a_visit("/agents", "one").read_as(locale=language)
    for deed in sorted(DEEDS):
        line = DoneLine(deed, "1004", "cancel_return", LINE.who)
        html = visit.renderer.html(visit, "design/done.html", {"done_line": line})
        assert "<b>Ünal" not in html
        assert "1004" in html, deed


def test_a_sentence_that_ends_in_a_short_month_has_one_point() -> None:
    visit = a_visit("/agents", "one")
    texts = visit.renderer.formatter(visit)
    assert texts.text("Until %(day)s.", day="23. Nov.") == "Until 23. Nov."
    assert texts.text("Until %(day)s.", day="3. März") == "Until 3. März."
    assert texts.text("%(day)s. Then %(what)s.", day="23. Nov.", what="x") == "23. Nov. Then x."
    assert texts.text("Until %(day)s...", day="23. Nov.") == "Until 23. Nov...."
