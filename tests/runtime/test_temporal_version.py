"""A Temporal file of another version: used when that version was tested, refused otherwise."""

from pathlib import Path

import pytest

from runtime.errors import StartupError
from runtime.processes.embedded_temporal import EmbeddedTemporal, find_temporal
from runtime.processes.temporal_version import (
    COMPATIBLE_UPGRADES,
    TemporalVersionMismatch,
    check_compatible,
    program_version,
    version_file,
    write_version,
)


def test_a_new_file_and_one_without_a_version_are_accepted(tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    assert check_compatible(db, "1.9.1") is None
    db.touch()
    assert check_compatible(db, "1.9.1") is None
    write_version(db, "1.9.1")
    assert check_compatible(db, "1.9.1") is None


@pytest.mark.parametrize(("before", "after"), sorted(COMPATIBLE_UPGRADES))
def test_a_version_that_was_tried_goes_on_and_that_is_logged(before: str, after: str, tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    db.touch()
    write_version(db, before)
    message = check_compatible(db, after)
    assert message is not None
    assert before in message
    assert after in message


@pytest.mark.parametrize(("before", "after"), [("1.5.1", "1.9.1"), ("1.9.4", "1.9.1"), ("1.9.1", "1.8.3")])
def test_any_other_version_is_refused_with_what_to_do(before: str, after: str, tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    db.touch()
    write_version(db, before)
    with pytest.raises(TemporalVersionMismatch, match=rf"written by Temporal {before}.*SMOT_TEMPORAL_BINARY"):
        check_compatible(db, after)


async def test_the_server_records_its_version_in_its_file_and_refuses_another(tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    async with EmbeddedTemporal(db):
        pass
    assert version_file(db).read_text().strip() == program_version(find_temporal())
    write_version(db, "0.1.0")
    with pytest.raises(TemporalVersionMismatch, match=r"0\.1\.0"):
        await EmbeddedTemporal(db).start()
    assert version_file(db).read_text().strip() == "0.1.0"
    write_version(db, program_version(find_temporal()))
    async with EmbeddedTemporal(db):
        pass


def test_a_program_that_is_no_temporal_server_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(StartupError, match=r"no Temporal server.*hello"):
        program_version(other)
