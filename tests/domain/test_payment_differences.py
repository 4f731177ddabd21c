"""A leg of the ledger against what the provider has of it: what differs, and what is only under way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.payments.differences import (
    SENTENCES,
    UNDER_WAY,
    LedgerRecord,
    ProviderRecord,
    ProviderState,
    compare,
    leg_of,
)
from tests.builders import gbp

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
OLD = NOW - timedelta(days=2)


def ours(status: str, **changes: Any) -> LedgerRecord:
    known = {"leg": "l/1", "order": "ord_1", "reference": "re_1", "amount": gbp(1200), "opened": OLD}
    return LedgerRecord(status=status, **{**known, **changes})


def theirs(state: ProviderState, minor: int = 1200, reference: str = "re_1") -> ProviderRecord:
    return ProviderRecord(
        key="acme/l/1", reference=reference, payment="pay_1", amount=gbp(minor), state=state
    )


def kinds(leg: LedgerRecord, *records: ProviderRecord) -> list[str]:
    return [found.kind for found in compare(leg, records, NOW)]


@pytest.mark.parametrize(
    ("status", "state", "expected"),
    [
        ("settled", "settled", []),
        ("settled", "accepted", []),
        ("settled", "failed", ["failed_there"]),
        ("settled", None, ["missing_there"]),
        ("released", "settled", ["paid_there"]),
        ("released", "accepted", ["paid_there"]),
        ("released", "failed", []),
        ("reversed", "failed", []),
        ("reversed", "settled", ["paid_there"]),
        ("released", None, []),
        ("sent", "settled", ["unfinished"]),
        ("sent", "failed", ["unfinished"]),
        ("sent", "accepted", []),
        ("sent", None, []),
        ("reserved", None, []),
    ],
)
def test_each_pair_of_states(status: str, state: ProviderState | None, expected: list[str]) -> None:
    assert kinds(ours(status), *([theirs(state)] if state else [])) == expected


def test_what_is_under_way_is_no_difference_yet() -> None:
    assert kinds(ours("settled", opened=NOW - UNDER_WAY)) == []
    assert kinds(ours("sent", sent=NOW - UNDER_WAY), theirs("settled")) == []
    assert kinds(ours("sent", sent=NOW - UNDER_WAY - timedelta(seconds=1)), theirs("settled")) == [
        "unfinished"
    ]


def test_another_amount_and_a_second_refund_are_told_from_a_failed_first_try() -> None:
    assert kinds(ours("settled"), theirs("settled", 1100)) == ["other_amount"]
    assert kinds(ours("settled"), theirs("settled"), theirs("accepted", reference="re_2")) == ["paid_twice"]
    assert kinds(ours("settled"), theirs("failed"), theirs("settled", reference="re_2")) == []


def test_only_the_merchants_own_keys_name_a_leg() -> None:
    record = theirs("settled")
    assert (leg_of("acme", record), leg_of("other", record)) == ("l/1", None)
    assert leg_of("acme", record.model_copy(update={"key": ""})) is None


def test_each_kind_asks_a_question() -> None:
    assert all(text.endswith(("?", ".")) for text in SENTENCES.values())
