"""Marked words that may appear only where they are sealed, in every encoding in which a log line could leak them."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

PEOPLE: Mapping[str, str] = {
    "name": "Zdzisława Plantowska",
    "family name": "Plantowska",
    "e-mail": "zdzislawa.plant@example.org",
    "phone": "+48 601 234 567",
    "street": "ul. Plantowa 17/4",
    "words": "Grażyna says the cat ate it",
    "card": "4111 1111 1111 1111",
    "card, bare": "4111111111111111",
}


def encodings(text: str) -> set[bytes]:
    """In clear, as JSON with every escape, in URLs, in base64 at every offset, and in hex."""
    raw = text.encode()
    plain = {
        text,
        json.dumps(text)[1:-1],
        json.dumps(json.dumps(text))[3:-3],
        quote(text, safe=""),
        quote_plus(text),
    }
    encoded = {one.encode() for one in plain} | {raw.hex().encode()}
    for before in range(3):
        shut = base64.b64encode(b"\0" * before + raw)
        inner = shut[-(-before * 8 // 6) + (1 if before else 0) : -4]
        encoded |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return {one for one in encoded if len(one) >= 8}


@dataclass
class LeakDetector:
    """The words to search for, by kind, and where they were found."""

    markers: dict[str, set[bytes]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    inspected: dict[str, int] = field(default_factory=dict)

    def add(self, texts: Mapping[str, str]) -> None:
        self.markers |= {name: encodings(text) for name, text in texts.items()}

    def inspect(self, source: str, where: str, text: bytes) -> None:
        """Record each marked word in that text. `kind`: counts the texts, so that a search of nothing is noticed."""
        self.inspected[source] = self.inspected.get(source, 0) + 1
        for name, ways in self.markers.items():
            for way in ways:
                if way in text:
                    around = text[max(0, text.index(way) - 80) : text.index(way) + 80]
                    self.found.append(f"{name} in {source} {where}: {around!r}")


def report(detector: LeakDetector, most: int = 12) -> str:
    return "\n".join(_first(detector.found, most)) or "nothing"


def _first(places: Iterable[str], most: int) -> Iterator[str]:
    for number, one in enumerate(places):
        if number < most:
            yield one
