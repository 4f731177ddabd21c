"""A Temporal file of another version: gone on with when that was tried, refused otherwise."""

from pathlib import Path

import pytest

from runtime.embedded import EmbeddedTemporal, find_temporal
from runtime.refusal import CannotRun
from runtime.stamp import KNOWN_TO_WORK, WrongVersion, refuse_unknown, stamp, stamp_file, version_of


def test_a_new_file_and_one_from_before_the_stamps_are_taken(tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    assert refuse_unknown(db, "1.9.1") is None
    db.touch()
    assert refuse_unknown(db, "1.9.1") is None
    stamp(db, "1.9.1")
    assert refuse_unknown(db, "1.9.1") is None


@pytest.mark.parametrize(("before", "after"), sorted(KNOWN_TO_WORK))
def test_a_version_that_was_tried_goes_on_and_that_is_told(before: str, after: str, tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    db.touch()
    stamp(db, before)
    told = refuse_unknown(db, after)
    assert told is not None
    assert before in told
    assert after in told


@pytest.mark.parametrize(("before", "after"), [("1.5.1", "1.9.1"), ("1.9.4", "1.9.1"), ("1.9.1", "1.8.3")])
def test_any_other_version_is_refused_with_what_to_do(before: str, after: str, tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    db.touch()
    stamp(db, before)
    with pytest.raises(WrongVersion, match=rf"written by Temporal {before}.*SMOT_TEMPORAL_BINARY"):
        refuse_unknown(db, after)


async def test_the_server_stamps_its_file_and_refuses_a_strange_one(tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    async with EmbeddedTemporal(db):
        pass
    assert stamp_file(db).read_text().strip() == version_of(find_temporal())
    stamp(db, "0.1.0")
    with pytest.raises(WrongVersion, match=r"0\.1\.0"):
        await EmbeddedTemporal(db).start()
    assert stamp_file(db).read_text().strip() == "0.1.0"
    stamp(db, version_of(find_temporal()))
    async with EmbeddedTemporal(db):
        pass


def test_a_program_that_is_no_temporal_server_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(CannotRun, match=r"no Temporal server.*hello"):
        version_of(other)
