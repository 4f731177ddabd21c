"""A cursor is one that we gave, or BadCursor: nothing else is raised, and whatever is accepted can be asked of the database."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.audit import AuditLog
from store.engine.database import Database
from store.engine.paging import BadCursor, cursor_of, number_cursor, parse_cursor, parse_number_cursor
from store.orders.attention import AttentionList
from store.orders.search import OrderFilters, OrderIndex

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def cursor(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def of_value(value: Any) -> str:
    return cursor(json.dumps(value).encode())


FORGED = {
    "deeply nested": cursor(b"[" * 5000),
    "nested within the length": cursor(b"[" * 380),
    "year 1": of_value(["0001-01-01T00:00:00+14:00", "a"]),
    "year 9999": of_value(["9999-12-31T23:59:59-14:00", "a"]),
    "surrogate": of_value([AT.isoformat(), "\ud800"]),
    "NUL": of_value([AT.isoformat(), "a\0"]),
    "no offset": of_value(["2026-03-02T08:00:00", "a"]),
    "true": of_value([True]),
    "a fraction": of_value([1.0]),
    "a power": cursor(b"[1e3]"),
    "NaN": cursor(b"[NaN]"),
    "negative": of_value([-1]),
    "33 bits": of_value([2**31]),
    "65 bits": of_value([2**64]),
    "5000 digits": cursor(b"[" + b"9" * 5000 + b"]"),
    "not base64": "*" * 8,
    "not ASCII": "é" * 4,
    "not JSON": cursor(b"x"),
    "not UTF-8": cursor(b'["\xff"]'),
    "long": "A" * 100_000,
    "empty": "",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_cursor_is_refused(forged: str) -> None:
    for parse in (parse_cursor, parse_number_cursor):
        with pytest.raises(BadCursor):
            parse(forged)


@given(
    st.one_of(
        st.text(max_size=60),
        st.binary(max_size=200).map(cursor),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=9)
            | st.datetimes().map(str),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
            ),
            max_leaves=6,
        ).map(of_value),
    )
)
def test_no_text_raises_anything_else(text: str) -> None:
    for parse in (parse_cursor, parse_number_cursor):
        try:
            parse(text)
        except BadCursor:
            continue


@given(
    st.datetimes(timezones=st.timezones() | st.just(UTC)),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.integers(0, 2**31 - 1),
)
def test_what_was_given_is_taken(at: datetime, row_id: str, number: int) -> None:
    try:
        expected = at.astimezone(UTC)
    except OverflowError:
        return
    assert parse_cursor(cursor_of(at, row_id)) == (expected, row_id)
    assert parse_number_cursor(number_cursor(number)) == number


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), AT, datetime.max.replace(tzinfo=UTC)])
async def test_the_extremes_that_are_accepted_can_be_asked_of_the_database(
    db: Database, at: datetime
) -> None:
    for row_id in ("", "a", "\U0010ffff" * 20, "'; --"):
        page = cursor_of(at, row_id)
        assert (await AttentionList(db).page("acme", AT, limit=2, cursor=page)).items == []
        assert (await OrderIndex(db).page("acme", OrderFilters(), limit=2, cursor=page)).items == []
    for number in (0, 1, 2**31 - 1):
        found = await AuditLog(db).page("acme", limit=2, cursor=number_cursor(number))
        assert found.items == []
