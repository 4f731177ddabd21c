"""Logs of the programs beside us are kept short while they are being written."""

import asyncio
import io
from pathlib import Path

from runtime.processes.log_rotation import BACKUP_COUNT, _copy_lines, rotate, rotate_forever
from runtime.processes.managed_process import ManagedProcess
from tests.patience import PATIENCE


async def always() -> bool:
    return True


def test_a_full_log_moves_aside_and_only_a_few_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "temporal.log"
    for round_ in range(BACKUP_COUNT + 2):
        log.write_text(f"round {round_}\n" * 100)
        assert rotate(log, max_bytes=100)
        assert log.read_text() == ""
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["temporal.log", *(f"temporal.log.{number}" for number in range(1, BACKUP_COUNT + 1))]
    assert (tmp_path / "temporal.log.1").read_text().startswith(f"round {BACKUP_COUNT + 1}\n")
    assert (tmp_path / f"temporal.log.{BACKUP_COUNT}").read_text().startswith("round 2\n")
    assert (tmp_path / "temporal.log.1").stat().st_mode & 0o777 == 0o600


def test_a_short_log_and_a_missing_one_stay_as_they_are(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    assert not rotate(log, max_bytes=10)
    log.write_text("short")
    assert not rotate(log, max_bytes=10)
    assert log.read_text() == "short"


async def test_a_program_goes_on_in_the_emptied_file_and_no_line_is_torn(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    # It says more than once that it is done: a line between the copy and the truncation is lost.
    count = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"
    child = ManagedProcess(
        "talker", ["sh", "-c", f"{count}; while :; do echo done; sleep 0.1; done"], log, always
    )
    await child.start()
    rotations = 0
    try:
        async with asyncio.timeout(PATIENCE):
            while not rotations or b"done\n" not in log.read_bytes():
                rotations += await asyncio.to_thread(rotate, log, 20_000)
    finally:
        await child.stop()
    # A file that was emptied under a program that does not append has a hole.
    assert b"\0" not in log.read_bytes()
    for path in sorted(tmp_path.glob("child.log*")):
        for line in path.read_text().splitlines():
            assert line == "done" or line.startswith("line "), line


def test_a_line_that_is_being_written_is_not_torn(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("one\ntwo\nli")
    assert rotate(log, max_bytes=5)
    assert (tmp_path / "worker.log.1").read_text() == "one\ntwo\n"
    log.write_text("a line without an end")
    assert rotate(log, max_bytes=5)
    assert (tmp_path / "worker.log.1").read_text() == "a line without an end"


async def test_logs_are_looked_at_again_and_again(tmp_path: Path) -> None:
    log, moved = tmp_path / "worker.log", tmp_path / "worker.log.1"
    keeping = asyncio.create_task(rotate_forever([tmp_path / "missing.log", log], max_bytes=5, interval=0.01))
    try:
        async with asyncio.timeout(PATIENCE):
            for text in ("first\n", "second\n"):
                log.write_text(text)
                while not (moved.exists() and moved.read_text() == text):
                    await asyncio.sleep(0.01)
    finally:
        keeping.cancel()


def test_a_log_that_cannot_be_moved_stays_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "full.log"
    log.write_text("x" * 200)
    for number in (1, 2, 3):  # in the way
        (tmp_path / f"full.log.{number}" / "something").mkdir(parents=True)
    assert not rotate(log, max_bytes=100)
    assert log.read_text() == "x" * 200


class GrowingLog(io.BytesIO):
    """A log in which the beginning of a line appears after all before it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = [b"line 1\n", b"line 2\nli", b"ne 3\n", b"li"]

    def read(self, size: int | None = -1, /) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def test_the_beginning_of_a_line_is_left_out_also_where_it_was_read_alone() -> None:
    copy = io.BytesIO()
    _copy_lines(GrowingLog(), copy)
    assert copy.getvalue() == b"line 1\nline 2\nline 3\n"
