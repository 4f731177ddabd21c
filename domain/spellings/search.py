"""A search for many texts at once, in all their forms, also inside compressed streams."""

import base64
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from domain.spellings.forms import Form, forms_of

_PREFIX: Final = 8  # bytes of a form by which candidates are found
_DEPTH: Final = 3  # compressed streams inside each other
_STEP: Final = 4096  # bytes that are decompressed at once
_MAX_OUTPUT: Final = 64 * 1024 * 1024  # bytes that are read of one stream
_MAGIC: Final = 3  # bytes; what is longer is base64
_STREAMS: Final = re.compile(
    rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|(?:H4sI|eJ[w-z]|eNo|eAE|eF4)[A-Za-z0-9+/_-]{16,}={0,2}"
)


class Hit(NamedTuple):
    """Where a text was found. number: of the text, from 0. at: the first byte. form: the stream, if any, and the form's name."""

    number: int
    at: int
    form: str


class TextSearch:
    """Finds these texts. max_output: bytes that are read of one stream. Raises ValueError for a text that is too short."""

    def __init__(self, texts: Sequence[str], max_output: int = _MAX_OUTPUT) -> None:
        self._max_output = max_output
        forms = [(number, form) for number, text in enumerate(texts) for form in forms_of(text)]
        self._exact = _Table([one for one in forms if one[1].exact])
        self._folded = _Table([one for one in forms if not one[1].exact])

    def hits(self, content: bytes, depth: int = _DEPTH) -> Iterator[Hit]:
        """Every place, in no particular order."""
        yield from self._exact.hits(content)
        yield from self._folded.hits(content.lower())
        if depth:
            for at, name, inner in _streams(content, self._max_output):
                for hit in self.hits(inner, depth - 1):
                    yield Hit(hit.number, at, f"{name}: {hit.form}")

    def finds_any(self, content: bytes) -> bool:
        """Whether one of the texts stands in it."""
        return next(self.hits(content), None) is not None


class _Table:
    """Forms by their first bytes, with one pattern for all of these."""

    def __init__(self, forms: Sequence[tuple[int, Form]]) -> None:
        self._by_prefix: dict[bytes, list[tuple[int, Form]]] = {}
        for one in forms:
            self._by_prefix.setdefault(one[1].content[:_PREFIX], []).append(one)
        self._pattern = re.compile(_alternatives([*self._by_prefix])) if forms else None

    def hits(self, content: bytes) -> Iterator[Hit]:
        if self._pattern is None:
            return
        found = self._pattern.search(content)
        while found is not None:
            at = found.start()
            for length in range(1, _PREFIX + 1):
                for number, form in self._by_prefix.get(content[at : at + length], ()):
                    if content.startswith(form.content, at):
                        yield Hit(number, at, form.name)
            found = self._pattern.search(content, at + 1)


def _alternatives(words: Sequence[bytes]) -> bytes:
    """A pattern of all words, as a tree, so that each byte is compared once."""
    tree: dict[int, Any] = {}
    for word in words:
        node = tree
        for byte in word:
            node = node.setdefault(byte, {})
        node[-1] = {}
    return _pattern_of(tree)


def _pattern_of(node: dict[int, Any]) -> bytes:
    if -1 in node:
        return b""  # a word ends here: longer ones are found with it
    parts = [re.escape(bytes([byte])) + _pattern_of(child) for byte, child in node.items()]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"


def _streams(content: bytes, limit: int) -> Iterator[tuple[int, str, bytes]]:
    whole = memoryview(content)
    for found in _STREAMS.finditer(content):
        at, packed = found.start(), found[0]
        inner = _inflated(whole[at:] if len(packed) <= _MAGIC else memoryview(_unpacked(packed)), limit)
        if inner:
            yield at, "compressed", inner


def _unpacked(packed: bytes) -> bytes:
    text = packed.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    text = text[: len(text) // 4 * 4]
    return base64.b64decode(text)


def _inflated(packed: memoryview, limit: int) -> bytes:
    """As far as it can be read; empty for what only looks like a stream."""
    stream, inner = zlib.decompressobj(zlib.MAX_WBITS | 32), bytearray()
    with suppress(zlib.error):
        for at in range(0, len(packed), _STEP):
            inner += stream.decompress(packed[at : at + _STEP], limit - len(inner))
            if stream.eof or len(inner) >= limit:
                break
    return bytes(inner)
