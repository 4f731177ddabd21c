"""The customer's name in the greeting: shown only where it can be a name, and neither a link nor a message.

A person who orders with another person's address chooses this text, and the shop's mail carries it.
"""

import re
import unicodedata

from adapters.messages.sanitize import NAME, sanitize

_WORDS = 3  # of a name; initials and particles do not count
_LETTERS = 30  # of one word; a sentence without blanks is longer
_IDEOGRAPHS = 6  # of one word
_DOTS = ".。۔܁܂።᠃᠉"  # what programs read as the dot of an address, and full stops of other scripts
_SIGNS = "'’‘ʼʻ`´׳״-‐‑־·・&()" + _DOTS  # besides letters, marks, blanks, pictures and what no table knows yet
_DIGITS = 2  # "Ada the 2nd" is a name, a telephone number is none
_PARTICLES = frozenset(
    (
        "&", "al", "bin", "da", "de", "del", "den", "der", "di", "dos", "du", "e", "el", "ibn", "la", "le", "te", "ten", "ter",
        "und", "van", "von", "y", "zu", "zum", "zur", "بن", "ابن",
    )
)  # fmt: skip
_LINKED = re.compile(rf"[{re.escape(_DOTS)}](?!\w[{re.escape(_DOTS)}])\w")
_IDEOGRAPH = re.compile("[\u3040-\u309f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def greeting_name(text: str) -> str:
    """The name as the customer wrote it, or nothing: then the message greets without a name.

    Nothing for a letter after a dot (`evil.com`; the initials of J.R.R. Tolkien pass), for three digits and more, for signs
    that no name has, and for more than three words.
    """
    name = sanitize(text)
    # Compared without joiners and marks of direction, and with every form of a letter or dot as one.
    plain = unicodedata.normalize(
        "NFKC", "".join(sign for sign in text[: NAME * 8] if unicodedata.category(sign) != "Cf")
    )
    digits = [sign for sign in plain if unicodedata.category(sign)[0] == "N"]
    known = all(sign in digits or _belongs_to_a_name(sign) for sign in plain)
    if not known or len(digits) > _DIGITS or _LINKED.search(plain.replace("(", "").replace(")", "")):
        return ""
    words = plain.split()
    counted = [word for word in words if word.casefold() not in _PARTICLES and not _is_initial(word)]
    return name if words and len(counted) <= _WORDS and all(map(_is_one_word, words)) else ""


def _belongs_to_a_name(sign: str) -> bool:
    category = unicodedata.category(sign)
    return (
        sign in _SIGNS or category[0] in "LMZ" or category in ("So", "Sk", "Co", "Cn", "Cs") or sign.isspace()
    )


def _is_initial(word: str) -> bool:
    return len(word) <= 3 and word.endswith(".")


def _is_one_word(word: str) -> bool:
    return len(word) <= _LETTERS and len(_IDEOGRAPH.findall(word)) <= _IDEOGRAPHS
