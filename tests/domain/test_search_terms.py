"""Two spellings of one name, address or number give the same terms, and no text gives more than a few."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from domain.model.search_terms import (
    MAX_NAME_WORDS,
    email_term,
    name_terms,
    number_term,
    phone_terms,
    wanted_phone,
)


def words(name: str) -> set[str]:
    return {term.text for term in name_terms(name)}


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Jörg Müller", "mueller"),
        ("Mueller", "MÜLLER"),
        ("Zdzisława Łęcka", "zdzislawa lecka"),
        ("O’Brien", "obrien"),
        ("Anne-Marie Straße", "strasse anne"),
        ("Иван Петров", "petrov"),
        ("Ελένη Παπαδοπούλου", "Eleni"),
        ("Nguyễn Văn Anh", "nguyen van"),
        ("山田太郎", "山田"),
        ("山田太郎", "太郎"),
        ("김철수", "철수"),
        ("Ｗｉｄｅ Ａｄａ", "wide"),
        ("Øystein Håkon Aas", "oystein haakon as"),
    ],
)
def test_a_name_is_found_by_words_of_it_in_another_spelling(written: str, typed: str) -> None:
    assert words(typed)
    assert words(typed) <= words(written)


@pytest.mark.parametrize(("written", "typed"), [("Ada Lovelace", "love"), ("Ada", "adam"), ("山田", "田中")])
def test_a_part_of_a_word_or_another_word_is_not_the_name(written: str, typed: str) -> None:
    assert not words(typed) <= words(written)


def test_an_address_is_compared_without_case_and_with_its_domain_in_ascii() -> None:
    assert email_term(" Ada@Bücher.example") == email_term("ada@xn--bcher-kva.example")
    assert email_term("ada@example.org") != email_term("ada@example.com")


@pytest.mark.parametrize(
    "typed", ["+49 171 1234567", "0049-171-1234567", "0171 123 45 67", "(0171) 1234567", "1234567"]
)
def test_a_phone_is_found_with_and_without_its_country(typed: str) -> None:
    assert wanted_phone(typed) in [*phone_terms("+491711234567")]


@pytest.mark.parametrize("typed", ["+44 171 1234567", "123456", "", "Ada"])
def test_another_country_or_too_few_digits_find_no_phone(typed: str) -> None:
    assert wanted_phone(typed) not in [*phone_terms("+491711234567")]


def test_an_order_number_is_compared_without_case_blanks_and_its_mark() -> None:
    assert number_term("#DE-1001") == number_term("de-1001 ") == number_term("＃DE 1001".replace(" ", "-"))
    assert number_term("#").text == "#"


@settings(max_examples=40)
@given(st.text(max_size=80))
def test_any_text_gives_a_bounded_number_of_terms_that_are_the_same_each_time(name: str) -> None:
    terms = name_terms(name)
    assert len(terms) <= MAX_NAME_WORDS
    assert terms == name_terms(name)
    assert all(term.text for term in terms)
