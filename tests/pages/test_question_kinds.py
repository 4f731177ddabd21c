"""Every kind of question that people are asked has its icon and its words; a kind without them would break the page."""

import re
from typing import get_args

from domain.model.attention import AttentionDefault, AttentionKind
from pages.web.static_files import PAGES

KINDS = (PAGES / "design/kinds.html").read_text()


def test_every_kind_of_question_has_its_words() -> None:
    assert {*re.findall(r'^  "(\w+)": \("', KINDS, re.MULTILINE)} == {*get_args(AttentionKind)}


def test_every_kind_has_an_icon_that_is_there() -> None:
    icons = {*re.findall(r'<symbol id="([\w-]+)"', (PAGES / "design/vendor/icons.svg").read_text())}
    assert {*re.findall(r'^  "\w+": \("([\w-]+)"', KINDS, re.MULTILINE)} <= icons


def test_every_default_has_its_words_and_its_sentence() -> None:
    for macro in ("default_label", "default_sentence"):
        body = KINDS.partition(f"macro {macro}")[2].partition("endmacro")[0]
        assert {*get_args(AttentionDefault)} <= {*re.findall(r'"(\w+)": _\(', body)}, macro
