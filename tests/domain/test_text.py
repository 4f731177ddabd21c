"""Text of people is taken as it is written, in every script. What is refused is named with its position."""

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.model.order import Identifier, Label
from domain.text import IsText, cut, single_line
from tests.people import NAMES, TITLES

TEXT, IDENTIFIER, LABEL = TypeAdapter(Annotated[str, *IsText]), TypeAdapter(Identifier), TypeAdapter(Label)


@pytest.mark.parametrize("written", [*NAMES.values(), *TITLES.values()], ids=[*NAMES, *TITLES])
def test_text_of_people_is_taken_as_it_is_written(written: str) -> None:
    assert LABEL.validate_python(written) == written
    assert IDENTIFIER.validate_python(written) == written
    assert single_line(written, 200) == written


REFUSED = {
    "line break": ("a\nb", "character 2 is U+000A, a control character"),
    "carriage return": ("a\r", "character 2 is U+000D, a control character"),
    "tab": ("\ta", "character 1 is U+0009, a control character"),
    "NUL": ("ab\0", "character 3 is U+0000, a control character"),
    "delete": ("\x7f", "character 1 is U+007F, a control character"),
    "C1": ("a\x85b", "character 2 is U+0085, a control character"),
    "line separator": ("😀\u2028", "character 2 is U+2028, a control character"),
    "override": ("ab\u202ecd", "character 3 is U+202E, a change of direction"),
    "noncharacter": ("a\ufdd0", "character 2 is U+FDD0, not a character"),
    "noncharacter of another plane": ("a\U0010ffff", "character 2 is U+10FFFF, not a character"),
}


@pytest.mark.parametrize(("written", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_named_with_its_position(written: str, says: str) -> None:
    for kind in (TEXT, IDENTIFIER):
        with pytest.raises(ValidationError) as refused:
            kind.validate_python(written)
        [error] = refused.value.errors()
        assert (error["type"], error["msg"]) == ("refused_character", says)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValidationError):
        TEXT.validate_python("a\ud800")


@pytest.mark.parametrize("around", ["\u202a{}\u202c", "\u2068{}\u2069", "\u2067{}\u2069"])
def test_directions_that_a_phone_puts_around_a_name_are_taken_in_text_and_refused_in_identifiers(
    around: str,
) -> None:
    written = around.format("Ada")
    assert TEXT.validate_python(written) == written
    assert single_line(written, 10) == "Ada"
    with pytest.raises(ValidationError, match=r"character 1 is U\+20.., a change of direction"):
        IDENTIFIER.validate_python(written)


def test_both_forms_of_a_letter_are_two_identifiers() -> None:
    composed, decomposed = IDENTIFIER.validate_python("\u00c5"), IDENTIFIER.validate_python("A\u030a")
    assert composed != decomposed


CUTS = {
    "accent": ("ae\u0301", 2, "a"),
    "Vietnamese": ("Nguye\u0302\u0303n", 6, "Nguy"),
    "Thai vowel": ("ทำ", 1, "ท"),
    "family": ("a👨\u200d👩\u200d👧", 4, "a"),
    "skin tone": ("a👍🏽", 2, "a"),
    "flag": ("🇩🇪🇫🇷", 3, "🇩🇪"),
    "flag of Wales": ("a🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", 4, "a"),
    "conjunct": ("अक्ष", 3, "अ"),
    "Hangul by letters": ("\u1112\u1161\u11ab\u1100\u1173\u11af", 4, "\u1112\u1161\u11ab"),
    "half-width voiced": ("ｱｶﾞ", 2, "ｱ"),
    "variation": ("a❤\ufe0f", 2, "a"),
    "short enough": ("abc", 3, "abc"),
}


@pytest.mark.parametrize(("text", "limit", "expected"), CUTS.values(), ids=CUTS)
def test_text_is_cut_between_letters_as_people_see_them(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


def test_a_letter_longer_than_the_limit_is_cut_all_the_same() -> None:
    assert cut("e" + "\u0301" * 100, 10) == "e" + "\u0301" * 9


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("NEW\u0000\nYORK", "NEW YORK"),
        ("a\u2028b", "a b"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("\ufeffMug", "Mug"),
        ("NEW    YORK", "NEW YORK"),
        ("\u3000山田\u3000太郎\u3000", "山田\u3000太郎"),
        ("a\ud800b", "a b"),
    ],
)
def test_one_line_holds_nothing_that_breaks_it(text: str, line: str) -> None:
    assert single_line(text, 80) == line
