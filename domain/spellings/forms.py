"""The forms in which a text may be stored: in the usual encodings, escaped, in hexadecimal digits and in base64."""

import base64
import html
import json
import quopri
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus

MIN_BYTES: Final = 6  # a shorter text would be found by chance
_OFFSETS: Final = {0: 0, 1: 2, 2: 3}  # bytes before the text: characters of base64 that also depend on them


class Form(NamedTuple):
    """One form of a text. exact: capitals count; other forms are compared in small letters."""

    content: bytes
    name: str
    exact: bool


def forms_of(text: str) -> list[Form]:
    """Every form of it, each once. Raises ValueError for a text that is too short to be searched for."""
    if len(text.encode()) < MIN_BYTES:
        raise ValueError(f"a text has at least {MIN_BYTES} bytes")
    found: dict[tuple[bytes, bool], str] = {}
    for spelled in (text, text.lower(), text.upper()):
        for name, content in _plain(spelled):
            found.setdefault((content.lower(), False), name)
        for name, content in _often_packed(spelled):
            for packed in _base64(content):
                found.setdefault((packed, True), f"base64 of {name}")
    return [Form(content, name, exact) for (content, exact), name in found.items()]


def _plain(text: str) -> Iterator[tuple[str, bytes]]:
    escaped = json.dumps(text)[1:-1]
    yield "text", text.encode()
    yield "UTF-16", text.encode("utf-16-le")
    yield "UTF-16", text.encode("utf-16-be")
    yield "JSON", escaped.encode()
    yield "JSON", escaped.replace("/", "\\/").encode()
    yield "JSON in JSON", json.dumps(escaped)[1:-1].encode()
    yield "JSON", "".join(f"\\u{unit:04x}" for unit in _utf16_units(text)).encode()
    yield "URL", quote(text, safe="").encode()
    yield "URL", quote(text).encode()
    yield "URL", quote_plus(text).encode()
    yield "URL", "".join(f"%{byte:02x}" for byte in text.encode()).encode()
    yield "HTML", html.escape(text).encode()
    yield "HTML", html.escape(text).encode("ascii", "xmlcharrefreplace")
    yield "quoted-printable", quopri.encodestring(text.encode()).replace(b"=\n", b"")
    yield "hexadecimal", text.encode().hex().encode()


def _often_packed(text: str) -> Iterator[tuple[str, bytes]]:
    yield "text", text.encode()
    yield "UTF-16", text.encode("utf-16-le")
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "JSON in JSON", json.dumps(json.dumps(text)[1:-1])[1:-1].encode()


def _base64(content: bytes) -> Iterator[bytes]:
    """What is the same whatever stands before and after: at each of the three offsets, in both alphabets."""
    for before, dependent in _OFFSETS.items():
        whole = (before + len(content)) * 8 // 6
        packed = base64.b64encode(bytes(before) + content)[dependent:whole]
        yield packed
        yield packed.translate(bytes.maketrans(b"+/", b"-_"))


def _utf16_units(text: str) -> list[int]:
    packed = text.encode("utf-16-be")
    return [int.from_bytes(packed[at : at + 2], "big") for at in range(0, len(packed), 2)]
