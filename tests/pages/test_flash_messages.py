"""What a form has done is said on the next page alone, in words that exist, and in no words of another site."""

import ast
import base64
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from aiohttp.test_utils import make_mocked_request

from domain.journey.command_choices import ABOUT
from pages.web.flash_messages import FLASH_COOKIE, FlashMessage, flash_message_of, redirect_with_message
from pages.web.rendering import screen_renderer
from pages.web.static_files import PAGES
from pages.web.visit import Visit

LINE = FlashMessage("question_handed_over", "1004", who="Zoë <b>Ünal</b>")
ACTIONS = {*re.findall(r'^  "(\w+)": _', (PAGES / "design/flash.html").read_text(), re.MULTILINE)}


def a_visit(path: str, session: str, kept: str = "", shown_as: str = "document") -> Visit:
    cookies = f"smot_session={session}" + (f"; {FLASH_COOKIE}={kept}" if kept else "")
    request = make_mocked_request("GET", path, headers={"Cookie": cookies, "Sec-Fetch-Dest": shown_as})
    return Visit(request, cast("Any", None), screen_renderer())


def actions_of_forms() -> Iterator[str]:
    """The names that forms give to what they have done, as arguments or by a variable `action`."""
    for file in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("FlashMessage", "_changed"):
                given = [*node.args]
            elif isinstance(node, ast.Assign):
                given = [*assigned_to("action", node.targets[0], node.value)]
            else:
                continue
            yield from (text for one in given for text in texts_of(one) if text)


def assigned_to(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    """What an assignment gives to the variable, also as one of several."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, given in zip(target.elts, value.elts, strict=True):
            yield from assigned_to(name, one, given)
    elif getattr(target, "id", "") == name:
        yield value


def texts_of(value: ast.expr) -> Iterator[str]:
    """The texts that the expression can be."""
    if isinstance(value, ast.IfExp):
        yield from (*texts_of(value.body), *texts_of(value.orelse))
    elif isinstance(value, ast.Constant):
        yield str(value.value)


def test_every_action_has_its_words() -> None:
    given = {*actions_of_forms()}
    assert {"question_claimed", "close", "privacy_request_made", "undone", "approval_in_vain"} <= given
    assert sorted(({*given, *ABOUT}) - ACTIONS) == []


def test_the_line_is_for_its_session_and_for_the_page_that_comes_next() -> None:
    answer = redirect_with_message(a_visit("/agents/queue/hand-over", "one"), "/agents?view=mine", LINE)
    assert (answer.status, answer.headers["Location"]) == (303, "/agents?view=mine")
    cookie = answer.cookies[FLASH_COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/agents", True, "Lax")
    assert flash_message_of(a_visit("/agents?view=mine", "one", cookie.value)) == LINE
    assert flash_message_of(a_visit("/agents/kpis", "one", cookie.value)) is None
    assert flash_message_of(a_visit("/agents", "another", cookie.value)) is None
    assert flash_message_of(a_visit("/agents", "one", cookie.value, shown_as="empty")) is None, (
        "left to the page"
    )
    nested = base64.urlsafe_b64encode(b"[" * 5900).decode()
    for forged in (
        cookie.value[:-1],
        cookie.value.partition(".")[0],
        "W10.x",
        "!.x",
        "WzEsMl0",
        nested,
    ):
        assert flash_message_of(a_visit("/agents", "one", forged)) is None


@pytest.mark.parametrize("language", ["en", "de", "zh-Hans"])
def test_each_action_is_a_line_in_every_language(language: str) -> None:
    visit = a_visit("/agents", "one").read_as(locale=language)
    for action in sorted(ACTIONS):
        line = FlashMessage(action, "1004", "cancel_return", LINE.who)
        html = visit.renderer.html(visit, "design/flash.html", {"flash": line})
        assert "<b>Ünal" not in html
        assert "1004" in html, action


def test_a_sentence_that_ends_in_a_short_month_has_one_point() -> None:
    visit = a_visit("/agents", "one")
    texts = visit.renderer.formatter(visit)
    assert texts.text("Until %(day)s.", day="23. Nov.") == "Until 23. Nov."
    assert texts.text("Until %(day)s.", day="3. März") == "Until 3. März."
    assert texts.text("%(day)s. Then %(what)s.", day="23. Nov.", what="x") == "23. Nov. Then x."
    assert texts.text("Until %(day)s...", day="23. Nov.") == "Until 23. Nov...."
