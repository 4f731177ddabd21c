"""Text that people wrote, in any script: which characters are refused, where it may be cut, and how it becomes one line."""

import re
import unicodedata
from typing import Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

# C0, DEL, C1, and the two separators that Python and mail programs read as line breaks.
_CONTROLS: Final = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029"
# Lone surrogates and the noncharacters of Unicode 23.7: no encoding carries the first, and no script uses the others.
_NO_CHARACTERS: Final = "\\ud800-\\udfff\\ufdd0-\\ufdef" + "".join(
    f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17)
)
_OVERRIDES: Final = "\\u202d\\u202e"
_EMBEDDINGS: Final = "\\u202a-\\u202c\\u2066-\\u2069"

_REFUSED_IN_TEXT = re.compile(f"[{_CONTROLS}{_NO_CHARACTERS}{_OVERRIDES}]")
_REFUSED_IN_IDENTIFIERS = re.compile(f"[{_CONTROLS}{_NO_CHARACTERS}{_OVERRIDES}{_EMBEDDINGS}]")
_ATOM = r"""[^\s@<>()",;:\\\[\].]+"""
_ONE_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})*")
_BLANKS = re.compile(f"[ {_CONTROLS}{_NO_CHARACTERS}]+")
_DROPPED = re.compile(f"[{_OVERRIDES}{_EMBEDDINGS}\\ufeff]+")
_DIRECTION = re.compile(f"[{_OVERRIDES}{_EMBEDDINGS}]")
_CONTROL = re.compile(f"[{_CONTROLS}]")

_PATTERN: Final = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202d\u202e\ufdd0-\ufdef\ufffe\uffff]*$"
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VIRAMA: Final = 9  # canonical combining class: the next consonant belongs to the same letter
# Not of category M, and yet part of the letter before: Thai and Lao am, half-width voiced marks, skin tones, flag tags.
_JOINED = re.compile(
    "[\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u1160-\u11ff\ud7b0-\ud7fb]"
)
_LEADING_JAMO = re.compile("[\u1100-\u115f\ua960-\ua97c]")
_HANGUL = re.compile("[\u1100-\u115f\ua960-\ua97c\uac00-\ud7a3]")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+$")


def valid_text(text: str) -> str:
    """The text as it was written. Raises the error that names the first refused character and its position, from 1.

    Blanks, joiners, direction marks, soft hyphens, combining marks and characters that this Python does not know yet are
    part of real names. Only overrides of the direction are refused besides controls: they show other letters than there are.
    """
    return _without(_REFUSED_IN_TEXT, text)


def valid_identifier(text: str) -> str:
    """The same for an identifier, which is compared exactly: embeddings and isolates of a direction are refused too."""
    return _without(_REFUSED_IN_IDENTIFIERS, text)


def is_identifier(text: str) -> bool:
    """Whether `valid_identifier` takes the text."""
    return not _REFUSED_IN_IDENTIFIERS.search(text)


def _without(refused: re.Pattern[str], text: str) -> str:
    found = refused.search(text)
    if found is None:
        return text
    position, code = found.start() + 1, f"{ord(found[0]):04X}"
    if _CONTROL.match(found[0]):
        why = "a control character"
    else:
        why = "a change of direction" if _DIRECTION.match(found[0]) else "not a character"
    raise PydanticCustomError(
        "refused_character",
        "character {position} is U+{code}, {why}",
        {"position": position, "code": code, "why": why},
    )


IsText: Final = (Field(json_schema_extra={"pattern": _PATTERN}), AfterValidator(valid_text))
"""Metadata of a type: one line of text in any script. Limits of its length stand before it, so that the document has them."""


def is_mail_address(text: str) -> bool:
    """Whether the text is exactly one e-mail address. Quoted local parts are refused; people's addresses have none."""
    return len(text) <= 254 and text.isprintable() and bool(_ONE_ADDRESS.fullmatch(text))


def single_line(text: str, limit: int) -> str:
    """The text as one line of at most `limit` characters: what cannot be shown safely becomes a blank or is left out.

    Runs of plain blanks become one. Embeddings and isolates are left out because one that is never closed reorders what
    follows; the marks (LRM, RLM, ALM) stay.
    """
    line = _BLANKS.sub(" ", _DROPPED.sub("", text))
    return cut(line.strip(), limit).rstrip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text. It ends where a letter ends as people see it: not within a conjunct or a flag."""
    if len(text) <= limit:
        return text
    for position in range(limit, 0, -1):
        if _letter_ends(text, position):
            return text[:position]
    return text[:limit]


def _letter_ends(text: str, position: int) -> bool:
    """Whether a letter ends before that position, after the rules of Unicode's annex 29 that matter where text is cut."""
    before, after = text[position - 1], text[position]
    if unicodedata.category(after).startswith("M") or after in (_ZWNJ, _ZWJ) or _JOINED.match(after):
        return False
    if before == _ZWJ or (unicodedata.combining(before) == _VIRAMA and after.isalpha()):
        return False
    if _LEADING_JAMO.match(before) and _HANGUL.match(after):
        return False
    flags = _REGIONAL.search(text, 0, position)
    return flags is None or len(flags[0]) % 2 == 0 or not _REGIONAL.match(after)
