"""The quick parse accepts exactly what the careful one accepts, with the same values."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http import strict_json
from tests.api.test_bad_bodies import MALFORMED

TEXTS = st.text(max_size=8) | st.sampled_from(["\0", "\ud800", "a\\u0000", "1" * 70])
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, -(2**63) - 1, 10**70])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def outcome(parse: Any, raw: bytes) -> object:
    try:
        return repr(parse(raw))
    except strict_json.NotJson as error:
        return str(error)


def check(raw: bytes) -> None:
    quick = strict_json._parsed(raw)
    careful = outcome(strict_json._parsed_or_refused, raw)
    if quick is not strict_json._REFUSED:
        assert repr(quick) == careful
    assert raw.startswith(b"\xef\xbb\xbf") or outcome(strict_json.loads, raw) == careful


@given(VALUES, st.booleans())
def test_both_parses_agree_on_values(value: Any, ascii_only: bool) -> None:
    check(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@given(VALUES, st.data())
def test_both_parses_agree_on_damaged_bytes(value: Any, data: st.DataObject) -> None:
    raw = json.dumps(value).encode()
    at = data.draw(st.integers(0, len(raw)))
    check(raw[:at] + data.draw(st.binary(max_size=3)) + raw[at + data.draw(st.integers(0, 2)) :])


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
def test_what_is_refused_is_refused_by_both(raw: bytes) -> None:
    assert strict_json._parsed(raw) is strict_json._REFUSED or raw.startswith(b"\xef\xbb\xbf")


def test_a_good_body_takes_the_quick_way() -> None:
    raw = b'{"a": [1, -2.5e3, "x", null, true, {"\xc3\xa9": "\\u00e9"}]}'
    assert strict_json._parsed(raw) == {"a": [1, -2500.0, "x", None, True, {"é": "é"}]}
