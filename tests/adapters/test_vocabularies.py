"""Every listed code of every source has the meaning of an independent table, and the table notices every change."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.carriers.vocabulary import MAX_CODE, NAMES, Vocabulary, VocabularyFile, vocabulary
from domain.model.scan import ParcelStatus
from tests import vocabulary_table
from tests.adapters import aftership_expected as aftership
from tests.adapters import easypost_expected as easypost
from tests.adapters import others_expected as others
from tests.adapters.easypost_expected import Row

EXPECTED: dict[str, list[Row]] = {
    "easypost": easypost.STATUSES + easypost.DETAILS + easypost.TOGETHER + easypost.ALONE,
    "aftership": aftership.TAGS + aftership.SUBTAGS + aftership.TOGETHER + aftership.ALONE,
    "generic": others.GENERIC,
    "shippo": others.SHIPPO,
    "karrio": others.KARRIO + others.alone(others.KARRIO),
    "trackingmore": others.TRACKINGMORE + others.alone(others.TRACKINGMORE),
    "easyship": others.EASYSHIP,
}
STATUSES = [*ParcelStatus]
FAULTS = [None, "carrier", "merchant", "customer", "customs", "force_majeure", "unknown"]
# How many codes each source's list has: statuses, details.
LISTED = {
    "easypost": (10, 28),
    "aftership": (9, 36 + 5 + 3),
    "generic": (12, 0),
    "shippo": (6, 0),
    "karrio": (12, 35),
    "trackingmore": (8, 2 + 5 + 4 + 8),
    "easyship": (4, 0),
}


def table(name: str) -> VocabularyFile:
    words = vocabulary(name)
    return VocabularyFile(statuses=words.statuses, details=words.details)


def differences(words: Vocabulary, rows: list[Row]) -> list[Row]:
    """Rows of the table that the vocabulary does not agree with."""
    wrong = []
    for row in rows:
        status, detail, expected, fault, action, _why = row
        meaning = words.map_status(status, detail)
        actual = (meaning.status, meaning.reason and meaning.reason.fault, meaning.action_required)
        if actual != (expected, fault, action) or (
            meaning.reason and meaning.reason.code not in (status, detail)
        ):
            wrong.append(row)
    return wrong


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.scenario("S-9")
def test_every_listed_code_has_the_meaning_in_the_table(name: str) -> None:  # TRK-1
    assert differences(vocabulary(name), EXPECTED[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_hold_every_listed_code_with_a_reason_and_no_other(name: str) -> None:
    words, rows = vocabulary(name), EXPECTED[name]
    statuses = {row[0] for row in rows if row[1] is None}
    details = {row[1] for row in rows} - {None}
    assert (statuses, details) == (set(words.statuses), set(words.details))
    assert (len(statuses), len(details)) == LISTED[name]
    assert all(len(row[5]) > 3 for row in rows)


def changes(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The vocabulary with one value of one row changed, for every row, column and other value."""
    plain = table(name).model_dump(mode="json")
    for part in ("statuses", "details"):
        for word, row in plain[part].items():
            others: dict[str, list[Any]] = {
                "status": [
                    s.value for s in STATUSES if part == "statuses" or s is not ParcelStatus.DELIVERED
                ],
                "fault": FAULTS,
                "action_required": [True, False],
            }
            for column, values in others.items():
                for value in values:
                    if _means(row, column) != value:
                        changed = plain | {part: plain[part] | {word: row | {column: value}}}
                        yield f"{word}.{column}={value}", changed


def _means(row: dict[str, Any], column: str) -> Any:
    """A detail without its own status has the same meaning as one with the status unknown."""
    return "unknown" if column == "status" and row[column] is None else row[column]


@pytest.mark.parametrize("name", NAMES)
def test_no_row_can_change_its_status_fault_or_action_unnoticed(name: str) -> None:  # TRK-1
    unseen, tried = [], 0
    for what, changed in changes(name):
        tried += 1
        if not differences(Vocabulary(VocabularyFile.model_validate(changed)), EXPECTED[name]):
            unseen.append(what)
    assert tried > sum(LISTED[name]) * 15
    # A delivered parcel never requires an action, so there the flag has no meaning that could change.
    assert [what for what in unseen if not _delivers(name, what)] == []


def _delivers(name: str, what: str) -> bool:
    word, _, change = what.partition(".")
    row = vocabulary(name).statuses.get(word)
    return row is not None and row.status is ParcelStatus.DELIVERED and change == "action_required=True"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.scenario("S-9")
def test_an_unlisted_code_means_its_parent_or_nothing_and_never_delivered_or_late(name: str) -> None:
    words = vocabulary(name)
    for status in [None, *words.statuses]:
        meaning, parent = words.map_status(status, "brand new"), words.map_status(status, None)
        assert (meaning.status, meaning.reason, meaning.action_required) == (
            parent.status,
            parent.reason,
            parent.action_required,
        )
        assert not meaning.listed
    for code in ("brand new", "delivered!", "Delayed", ""):
        meaning = words.map_status(code, None)
        assert (meaning.status, meaning.reason, meaning.listed) == (ParcelStatus.UNKNOWN, None, False)
    for detail in words.details:
        assert words.map_status("brand new", detail).status is not ParcelStatus.DELIVERED


def test_only_listed_codes_are_kept_and_no_code_is_longer_than_its_bound() -> None:
    """F12: sixty codes of a megabyte each stayed in memory for good."""
    words = Vocabulary(table("easypost"))
    for number in range(60):
        meaning = words.map_status(f"{number}-\U0001f600" + "w" * 1_000_000, "delayed")
        assert (meaning.status, meaning.listed) == (ParcelStatus.UNKNOWN, False)
        assert len(meaning.code) <= 2 * MAX_CODE + 1
    assert words._cache == {}
    for status in words.statuses:
        for detail in (None, "", *words.details):
            words.map_status(status, detail)
    assert len(words._cache) <= (len(words.statuses) + 1) * (len(words.details) + 2)


def test_the_page_of_vocabularies_is_current() -> None:
    assert vocabulary_table.PAGE.read_text() == vocabulary_table.table()
