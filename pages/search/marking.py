"""What of a hit was typed, so that the page can mark it."""

import re
import unicodedata
from typing import NamedTuple


class MarkedPart(NamedTuple):
    """A part of a text. `hit`: it was typed."""

    text: str
    hit: bool


def marked(text: str, typed: str) -> list[MarkedPart]:
    """The parts of the text. Case, accents and blanks within numbers do not matter; otherwise all is a hit."""
    words = [word for word in re.findall(r"\w+", _folded(typed)) if word]
    folded, places = _with_places(text)
    spans = [span for word in [*words, "".join(words)] for span in _spans(folded, places, word)]
    if not spans:
        return [MarkedPart(text, True)]
    return _parts(text, spans)


def _spans(folded: str, places: list[int], word: str) -> list[tuple[int, int]]:
    found = [one.start() for one in re.finditer(re.escape(word), folded)] if word else []
    return [(places[at], places[at + len(word) - 1] + 1) for at in found]


def _parts(text: str, spans: list[tuple[int, int]]) -> list[MarkedPart]:
    hit = [False] * len(text)
    for begin, end in spans:
        hit[begin:end] = [True] * (end - begin)
    parts: list[MarkedPart] = []
    for character, is_hit in zip(text, hit, strict=True):
        if parts and parts[-1].hit == is_hit:
            parts[-1] = MarkedPart(parts[-1].text + character, is_hit)
        else:
            parts.append(MarkedPart(character, is_hit))
    return parts


def _with_places(text: str) -> tuple[str, list[int]]:
    """The text without blanks and marks, and of each of its characters the place in the original."""
    pairs = [(one, at) for at, character in enumerate(text) for one in _folded(character) if one.isalnum()]
    return "".join(one for one, _ in pairs), [at for _, at in pairs]


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))
