"""The product keeps one plain language: each check passes on the product and fails on a planted bad name."""

from collections.abc import Callable

import pytest

from tests import language

PRODUCT = language.sources()


def test_no_class_name_exists_twice() -> None:
    assert language.repeated_classes(PRODUCT) == {}


def test_no_public_name_begins_with_a_verb_of_speech() -> None:
    assert language.names_of_speech(PRODUCT) == []


def test_every_module_is_named_after_its_subject() -> None:
    assert language.modules_named_by_a_scene(PRODUCT) == []


def test_docstrings_and_comments_name_the_process_or_role() -> None:
    assert language.sentences_about_nobody(PRODUCT) == []


def test_every_module_says_what_it_is() -> None:
    assert language.modules_without_a_docstring(PRODUCT) == []


@pytest.mark.parametrize(
    ("check", "path", "text", "named"),
    [
        (language.repeated_classes, "store/planted.py", "class JourneyState: ...", "JourneyState"),
        (language.names_of_speech, "domain/planted.py", "def tell_customer() -> None: ...", "tell_customer"),
        (language.names_of_speech, "domain/planted.py", "class AskFinance: ...", "AskFinance"),
        (language.names_of_speech, "api/planted.py", "class View:\n    told_at: str", "View.told_at"),
        (language.names_of_speech, "api/planted.py", "class A:\n    async def hear(self): ...", "A.hear"),
        (language.modules_named_by_a_scene, "runtime/notice_desk.py", "", "runtime/notice_desk.py"),
        (language.modules_named_by_a_scene, "domain/words.py", "", "domain/words.py"),
        (
            language.sentences_about_nobody,
            "store/planted.py",
            'def claim() -> None:\n    """The lease.\n\n    Whoever comes first gets it."""',
            "store/planted.py:4",
        ),
        (language.sentences_about_nobody, "store/planted.py", "x = 1  # nobody else has it", "planted.py:1"),
        (language.modules_without_a_docstring, "store/planted.py", "x = 1", "store/planted.py"),
    ],
)
def test_a_planted_bad_name_is_found(
    check: Callable[[dict[str, str]], object], path: str, text: str, named: str
) -> None:
    assert named not in str(check(PRODUCT))
    assert named in str(check({**PRODUCT, path: text}))
