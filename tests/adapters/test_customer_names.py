"""The greeting uses a customer's name only where the text can be one: a mail of the shop carries no link of a stranger."""

import pytest

from adapters.messages.customer_names import greeting_name
from tests.people import NAMES as IN_EVERY_SCRIPT

NAMES = (
    "Ada", "O'Neill", "Sinéad O’Connor", "Müller-Lüdenscheidt", "Dr. Anna Weiß", "Prof. Dr. Anna Weiß", "J. R. R. Tolkien",
    "J.R.R. Tolkien", "Ludwig Mies van der Rohe", "Martin Luther King Jr.", "anna weiß", "ANNA WEISS", "Anna & Tom Weiß",
    "山田　太郎", "山田太郎", "勅使河原 清右衛門", "ジョン・スミス", "欧阳 娜娜", "김철수", "الاسم", "عبد الله بن محمد",
    "עדה לאבלייס", "ז׳בוטינסקי", "Nguyễn Văn A", "सीता\u200d शर्मा", "สมชาย ใจดี", "Иван Иванов", "Νίκος", "Jean\u00a0Dupont", "X",
    "Juan de la Cruz", "Nuʻman", "J\u00f3zef", "Jo\u0301zef", "Gabriel·la", "Ludwig Ⅳ",
    "Ada (2)", "John Smith 3rd", "Anna 🌸", "Þórður",
)  # fmt: skip
NO_NAMES = (
    "evil.com", "go to evil.com now", "evil．com/x", "evil。com", "evil｡com", "evil․com", "evil﹒com", "evil.com",
    "Your account is locked, call 0900 123456", "www.evil.test", "evil.test/x", "a@evil.test", "a＠evil", "https://evil.test",
    "evil\u200b.com", "evil.\u200bcom", "e\u00advil.co\u00adm", "evil.\u2060com", "http:evil", "evil[.]com", "<b>x</b>",
    "call ٠٩٠٠١٢٣", "call ０９００", "call ⑨⓪⓪", "Your Account Is Locked", "Please pay the open bill", "pay now!", "really?",
    "evil(.)com", "evil.(com)", "ring 110 now", "1.2.3.4", "x 1 2 3",
    "evil\\com", "a:b", "a_b", "x.рф", "例子.中国", "t.co", "x.y", "a.b.cd", "ftp.x", "您的账户已被锁定请致电",
    "a" * 31, "#1", "100%", "x=y", "a|b", "{{ 7*7 }}", "$x", "€", "Müller, Hans", "e.evil.com", "J.R.evil.com",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_greeted_as_its_owner_writes_it(name: str) -> None:
    assert greeting_name(name) == name


@pytest.mark.parametrize("name", IN_EVERY_SCRIPT.values(), ids=IN_EVERY_SCRIPT)
def test_a_name_in_any_script_is_greeted(name: str) -> None:
    assert greeting_name(name)


@pytest.mark.parametrize("text", NO_NAMES)
def test_a_link_or_a_message_is_no_name(text: str) -> None:
    assert greeting_name(text) == ""


def test_nothing_is_no_name() -> None:
    assert greeting_name("") == greeting_name(" \u3000 ") == greeting_name("\u200b\u00ad") == ""


def test_marks_of_direction_do_not_reach_the_greeting() -> None:
    assert greeting_name("\u202eAda") == "Ada"
