"""A text is found however it was stored: encoded, escaped, in base64 at any offset, inside compressed streams."""

import base64
import codecs
import gzip
import json
import random
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from domain.spellings.search import TextSearch

TEXT = "Zoë Qz/März <qz+1@example.org>"
NOISE = random.Random(7).randbytes(5_000)

STORED: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "in capitals": lambda text: text.decode().upper().encode(),
    "json": lambda text: json.dumps({"a": text.decode()}).encode(),
    "json in json": lambda text: json.dumps({"a": json.dumps({"b": text.decode()})}).encode(),
    "url": lambda text: quote(text.decode(), safe="").encode(),
    "form": lambda text: quote_plus(text.decode()).encode(),
    "hex": lambda text: codecs.encode(text, "hex"),
    "utf-16": lambda text: text.decode().encode("utf-16-le"),
    "base64, offset 0": lambda text: base64.b64encode(b"abc" + text + b"def"),
    "base64, offset 1": lambda text: base64.b64encode(b"a" + text),
    "base64, offset 2": lambda text: base64.urlsafe_b64encode(b"ab" + text + b"d"),
    "base64 of json": lambda text: base64.b64encode(json.dumps({"ab": text.decode()}).encode()),
    "gzip": lambda text: gzip.compress(NOISE + text + NOISE),
    "zlib": lambda text: zlib.compress(b"a" * 3_000 + text),
    "gzip in gzip": lambda text: gzip.compress(gzip.compress(text)),
    "base64 of gzip": lambda text: base64.b64encode(gzip.compress(text)),
    "gzip of base64": lambda text: gzip.compress(base64.b64encode(b"x" + text)),
}


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
def test_a_text_is_found_in_every_form(stored: Callable[[bytes], bytes]) -> None:
    search = TextSearch(["another text", TEXT])
    hits = [*search.hits(NOISE + stored(TEXT.encode()) + NOISE)]
    assert {hit.number for hit in hits} == {1}
    assert search.finds_any(stored(TEXT.encode()))


def test_what_is_not_there_is_not_found() -> None:
    search = TextSearch([f"marker-{number}@example.org" for number in range(100)])
    assert not search.finds_any(NOISE * 20 + gzip.compress(NOISE) + base64.b64encode(NOISE))


def test_texts_that_begin_alike_are_told_apart() -> None:
    search = TextSearch(["qzmark", "qzmark-11", "qzmark-12"])
    assert {hit.number for hit in search.hits(b"..qzmark-12..")} == {0, 2}


def test_a_text_that_would_be_found_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 6 bytes"):
        TextSearch(["short"])


def test_a_stream_that_grows_without_end_is_read_up_to_a_bound() -> None:
    bomb = gzip.compress(bytes(1_000_000) + TEXT.encode())
    assert not TextSearch([TEXT], max_output=100_000).finds_any(bomb)
    assert TextSearch([TEXT]).finds_any(bomb)
