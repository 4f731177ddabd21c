"""JSON is found in what plugins, proxies and caches make of it, and half of it is not taken for the whole."""

import gzip
import json

import pytest

from adapters.woocommerce.dirty_json import find_json

ROW = {"id": 9, "reason": "a {b} [c]", "meta_data": [], "line_items": [{"id": 1, "taxes": []}]}
PLAIN = json.dumps(ROW).encode()


@pytest.mark.parametrize(
    "body",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        b"\n\n  " + PLAIN + b"\n\n1",
        b"<br />\n<b>Notice</b>: index [0] of {closure}() in <b>/a.php</b><br />\n" + PLAIN,
        PLAIN + b"<!-- cached at 10:00 -->",
        gzip.compress(PLAIN, mtime=0),
        json.dumps(ROW, indent=2).encode(),
    ],
)
def test_the_answer_is_found_in_what_surrounds_it(body: bytes) -> None:
    assert find_json(body) == ROW


def test_no_part_of_an_answer_is_taken_for_it() -> None:
    for text in (PLAIN, json.dumps([ROW, ROW]).encode(), json.dumps([ROW], indent=1).encode()):
        for end in range(len(text)):
            assert find_json(text[:end]) is None, text[:end]


@pytest.mark.parametrize(
    "body", [b"", b"<html>504</html>", b"null", b"[1, 2]", b"[" * 100_000, PLAIN + PLAIN, b"\x1f\x8bxx"]
)
def test_what_is_no_answer_is_none(body: bytes) -> None:
    assert find_json(body) is None
