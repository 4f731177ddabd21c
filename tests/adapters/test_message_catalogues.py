"""Catalogues: every language has every entry, with the same variables and all its plural forms."""

import re
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message

from adapters.messages.catalogues import read_catalogue, read_catalogues
from adapters.messages.renderer import CATALOGUES, TemplateRenderer
from ports.messages import RenderError
from tests.messages_source import source

LANGUAGES = ("de", "zh_Hans")
SAME_IN_ALL: set[str] = set()  # sentences that may read as in English, e.g. a proper name alone
VARIABLE = re.compile(r"%\(\w+\)s")


def catalogue(name: str) -> Catalog:
    return read_catalogue(CATALOGUES / f"{name}.po")


def entries(catalog: Catalog) -> dict[str, Message]:
    return {ids(message)[0]: message for message in catalog if message.id}


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_the_languages_are_those_that_were_promised() -> None:
    assert sorted(file.stem for file in CATALOGUES.glob("*.po")) == sorted(LANGUAGES)
    assert set(TemplateRenderer().locales) == {"en", *LANGUAGES}


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_entry_is_missing_and_none_is_left_over(name: str) -> None:
    wanted, there = entries(source()), entries(catalogue(name))
    assert set(wanted) == set(there)
    assert {key: ids(message) for key, message in wanted.items()} == {k: ids(m) for k, m in there.items()}
    assert not catalogue(name).obsolete


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_sentence_is_left_in_english(name: str) -> None:
    for key, message in entries(catalogue(name)).items():
        assert not message.fuzzy, key
        assert all(forms(message)), key
        if key not in SAME_IN_ALL and re.sub(VARIABLE, "", key).strip(" :()."):
            assert not set(forms(message)) & set(ids(message)), key


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_translation_has_the_variables_of_the_english_sentence(name: str) -> None:
    for key, message in entries(catalogue(name)).items():
        wanted = sorted(VARIABLE.findall(ids(message)[-1]))
        for number, form in enumerate(forms(message)):
            # The singular form may spell the number as "once".
            only_one = number == 0 and len(forms(message)) > 1
            has = sorted(VARIABLE.findall(form) + ["%(count)s"] * (only_one and "%(count)s" not in form))
            assert has == wanted, key
            assert "%" not in VARIABLE.sub("", form), key


@pytest.mark.parametrize("name", LANGUAGES)
def test_there_is_a_form_for_every_number_and_it_is_the_one_that_cldr_wants(name: str) -> None:
    rule, words = Locale.parse(name).plural_form, read_catalogues([CATALOGUES])[name]
    kinds = sorted({*rule.tags, "other"} & {rule(number) for number in range(1000)})
    assert catalogue(name).num_plurals == len(kinds)
    seen = {(rule(number), words.plural_form(number)) for number in range(1000)}
    assert len(seen) == len(kinds), "each category is one form"
    for key, message in entries(catalogue(name)).items():
        assert len(forms(message)) == (len(kinds) if message.pluralizable else 1), key


def broken(folder: Path, name: str, change: tuple[str, str]) -> Path:
    text = (CATALOGUES / "de.po").read_text()
    assert text.count(change[0]) == 1
    (folder / name).write_text(text.replace(*change))
    return folder


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("de.po", ('"Guten Tag %(name)s,"', '"Guten Tag %(nmae)s,"'), "must have name"),
        ("de.po", ('"Guten Tag %(name)s,"', '"Guten Tag,"'), "must have name"),
        ("de.po", ('"Guten Tag %(name)s,"', '"Guten Tag %(name)s, 100 %"'), "wrong"),
        ("de.po", ("Plural-Forms: nplurals=2; plural=(n != 1);", "Plural-Forms: nplurals=2; plural=(n !;"), "de.po"),
        ("german.po", ("Language: de", "Language: xx"), "german.po"),
        ("de.po", ('msgstr "Guten Tag %(name)s,"', "was ist das?"), "de.po"),
    ],
)  # fmt: skip
def test_a_broken_catalogue_is_named_before_anything_is_sent(
    tmp_path: Path, name: str, change: tuple[str, str], says: str
) -> None:
    with pytest.raises(RenderError, match=re.escape(says)):
        TemplateRenderer(broken(tmp_path, name, change))
