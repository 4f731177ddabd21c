"""The path that a mistyped one was meant to be: a template of the API, never the text that was sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

MAX_SEGMENTS: Final = 10
MAX_SEGMENT: Final = 64
MIN_SIMILARITY: Final = 0.7


@dataclass
class _Node:
    """A prefix of paths. literals: by their text. named: the template's `{name}` and what follows it."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    named: dict[str, "_Node"] = field(default_factory=dict)
    ends: bool = False


@dataclass(frozen=True)
class _Guess:
    """How well a template fits: `score` counts 1 for each literal that is the same, less for a similar one."""

    score: float
    template: tuple[str, ...]


class PathSuggestions:
    """Made from the templates of all operations."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._root = _Node()
        for template in templates:
            node = self._root
            for segment in template.strip("/").split("/"):
                children = node.named if segment.startswith("{") else node.literals
                node = children.setdefault(segment, _Node())
            node.ends = True

    def nearest(self, path: str) -> str | None:
        """The template that the path resembles: each fixed part alike, each named part anything. None where none does."""
        segments = [one for one in path.split("/") if one][: MAX_SEGMENTS + 1]
        if not segments or len(segments) > MAX_SEGMENTS:
            return None
        guesses = [_best(self._root, tuple(segments)), _best(self._root, ("v1", *segments))]
        found = max((one for one in guesses if one is not None), key=lambda one: one.score, default=None)
        return None if found is None else "/" + "/".join(found.template)


def _best(node: _Node, segments: tuple[str, ...]) -> _Guess | None:
    if not segments:
        return _Guess(0.0, ()) if node.ends else None
    first, rest = segments[0][:MAX_SEGMENT].lower(), segments[1:]
    options = [
        (alike, text, child) for text, child in node.literals.items() if (alike := _likeness(first, text))
    ]
    options += [(0.1, name, child) for name, child in node.named.items()]
    guesses = [
        _Guess(alike + inner.score, (text, *inner.template))
        for alike, text, child in options
        if (inner := _best(child, rest)) is not None
    ]
    return max(guesses, key=lambda one: one.score, default=None)


def _likeness(sent: str, text: str) -> float:
    """1.0 for the same, 0.0 for what is too different to be a slip."""
    if sent == text:
        return 1.0
    matcher = SequenceMatcher(None, sent, text, autojunk=False)
    if matcher.real_quick_ratio() < MIN_SIMILARITY or matcher.quick_ratio() < MIN_SIMILARITY:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= MIN_SIMILARITY else 0.0
