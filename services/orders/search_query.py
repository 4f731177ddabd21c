"""What the text of a search box may mean: an address, a number of something, or a name."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.model import tracking_number
from domain.model.search_terms import SearchTerm, email_term, name_terms, number_term, wanted_phone
from services.ids import ALPHABET

_RETURN_PREFIXES = ("RMA", "R")
_RETURN_DIGITS = 8  # of a return's number
_PHONE_CHARACTERS = frozenset("+()-./ 0123456789")
CodeHash = Callable[[str], str]
"""The hash of a return's drop-off code, by which the return is stored."""


@dataclass(frozen=True)
class Meaning:
    """One thing that the text may be; exactly one of these is given. `terms`: all of them must match."""

    terms: tuple[SearchTerm, ...] = ()
    tracking_number: str | None = None
    return_number: str | None = None
    code_hash: str | None = None
    payment: str | None = None
    order: str | None = None


def meanings(text: str, code_hash: CodeHash) -> list[Meaning]:
    """Everything that the text may be. An order matches if one of these does; without any, nothing does."""
    text = text.strip()
    if "@" in text:
        return [Meaning(terms=(email_term(text),))]
    if not text:
        return []
    found = [
        Meaning(order=text),
        Meaning(terms=(number_term(text),)),
        Meaning(payment=text),
        Meaning(tracking_number=tracking_number.normalize(text)),
        Meaning(code_hash=code_hash(text)),
        Meaning(return_number=return_number(text)),
    ]
    phone = wanted_phone(text) if _PHONE_CHARACTERS.issuperset(text) else None
    if phone is not None:
        found.append(Meaning(terms=(phone,)))
    names = tuple(name_terms(text))
    return [*found, Meaning(terms=names)] if names else found


def return_number(text: str) -> str:
    """A return's number as it is stored: also typed in small letters, without dash or prefix, or with `RMA-`."""
    number = "".join(text.replace("-", "").split()).upper()
    for prefix in _RETURN_PREFIXES:
        if len(number) == len(prefix) + _RETURN_DIGITS:
            number = number.removeprefix(prefix)
    ours = len(number) == _RETURN_DIGITS and set(number) <= set(ALPHABET)
    return f"R-{number}" if ours else text
