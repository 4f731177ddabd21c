"""What an order is found by: the words of a person's name, an address, a number, each folded to the form that is compared.

Two spellings of one name give the same words: `Müller` and `MUELLER`, `Иванов` and `Ivanov`. Only whole words are compared,
because the store keeps keyed hashes of them and nothing that could be searched in part.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Literal

from anyascii import anyascii

from domain.base import Frozen

TermKind = Literal["email", "phone", "phone_end", "name", "number"]
MAX_NAME_WORDS = 12  # of one name, so that no name fills the index
_PHONE_END = 7  # digits: enough to find a number that was typed without its country
_WORD = re.compile(r"[^\W_]+")
# Scripts that write no blanks between words: their names are compared by pairs of characters.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+")
_DIGRAPHS = re.compile(r"([aou])e|aa")


class SearchTerm(Frozen):
    """One thing that an order is found by.

    personal: it is deleted when the person is erased.
    """

    kind: TermKind
    text: str

    @property
    def personal(self) -> bool:
        return self.kind != "number"


def email_term(email: str) -> SearchTerm:
    """The address without case and width; the domain in its ASCII form."""
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    local, at, domain = text.rpartition("@")
    with suppress(UnicodeError):  # not a domain as IDNA knows them: compared as it is
        domain = domain.encode("idna").decode()
    return SearchTerm(kind="email", text=f"{local}{at}{domain}")


def phone_terms(phone: str) -> Iterator[SearchTerm]:
    """A number in E.164: the whole of it, and its end, which people type without the country."""
    digits = "".join(filter(str.isdecimal, phone))
    yield SearchTerm(kind="phone", text=digits)
    yield SearchTerm(kind="phone_end", text=digits[-_PHONE_END:])


def wanted_phone(typed: str) -> SearchTerm | None:
    """What a number is searched by: whole where it begins with its country (`+`, `00`), else by its end; None if too short."""
    text = unicodedata.normalize("NFKC", typed)
    digits = "".join(str(unicodedata.decimal(one)) for one in text if one.isdecimal())
    if len(digits) < _PHONE_END:
        return None
    if text.lstrip().startswith("+"):
        return SearchTerm(kind="phone", text=digits)
    if digits.startswith("00"):
        return SearchTerm(kind="phone", text=digits[2:])
    return SearchTerm(kind="phone_end", text=digits[-_PHONE_END:])


def name_terms(name: str) -> list[SearchTerm]:
    """The words of a name, each once, at most `MAX_NAME_WORDS`."""
    words = dict.fromkeys(_name_words(unicodedata.normalize("NFKC", name)))
    return [SearchTerm(kind="name", text=word) for word in words][:MAX_NAME_WORDS]


def number_term(number: str) -> SearchTerm:
    """An order's number without case, blanks and the mark before it: `#DE-1001` and `de-1001` are one."""
    text = unicodedata.normalize("NFKC", number).casefold()
    return SearchTerm(kind="number", text="".join(text.split()).lstrip("#") or text)


def _name_words(name: str) -> Iterator[str]:
    for word in _WORD.findall(_without_marks(name)):
        if _UNSPACED.search(word):
            yield from _pairs(word)
        elif folded := _folded(word):
            yield folded


def _without_marks(text: str) -> str:
    """Without combining marks, which split words, and with apostrophes and hyphens gone or made blanks."""
    decomposed = unicodedata.normalize("NFKD", text.replace("'", "").replace("\u2019", ""))
    bare = "".join(one for one in decomposed if not unicodedata.combining(one))
    return unicodedata.normalize("NFKC", bare)


def _pairs(word: str) -> Iterable[str]:
    """Pairs of neighbours; one character alone is itself."""
    if len(word) == 1:
        return [word]
    return [word[at : at + 2].casefold() for at in range(len(word) - 1)]


def _folded(word: str) -> str:
    """In plain Latin letters. Umlauts that were written as two letters are folded to one: `ue` and `u` are the same."""
    plain = "".join(filter(str.isalnum, anyascii(word).casefold()))
    return _DIGRAPHS.sub(lambda found: found[1] or "a", plain)
