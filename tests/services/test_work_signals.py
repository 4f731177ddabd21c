"""The dispatcher's loops read the tables when something was committed, and hardly ever otherwise."""

import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from services.work_signals import (
    LONGEST_INTERVAL,
    LOOK_INTERVAL,
    QUIET_AFTER,
    QUIET_INTERVAL,
    READ_INTERVAL,
    WorkSignal,
)
from store.engine.commit_counter import CommitCounter


def _reads(signal: WorkSignal, numbers: list[int | None]) -> list[float]:
    """The times at which the loop was woken, when a look found each number."""
    woken = []
    for look, number in enumerate(numbers, 1):
        now = 100 + look * LOOK_INTERVAL
        signal.wake(number, now)
        if signal.event.is_set():
            signal.event.clear()
            woken.append(round(now - 100, 2))
    return woken


def test_an_idle_loop_reads_less_and_less_often() -> None:
    looks = int(40 / LOOK_INTERVAL)
    pauses = [round(later - before) for before, later in pairwise(_reads(WorkSignal(0.05), [7] * looks))]
    assert pauses == [2, 4, 8, 8, 8, 8]
    assert (READ_INTERVAL, LONGEST_INTERVAL) == (2.0, 8.0)


def test_a_commit_makes_a_loop_read_more_often_again() -> None:
    looks = int(10 / LOOK_INTERVAL)
    woken = _reads(WorkSignal(0.05), [7] * looks + [8] * int(3 / LOOK_INTERVAL))
    assert woken[-1] - woken[-2] == pytest.approx(2, abs=0.1)


def test_a_commit_wakes_at_the_next_look() -> None:
    assert _reads(WorkSignal(0.05), [7] * 5 + [8] * 5) == [0.05, 0.3]


def test_a_loop_is_not_woken_more_often_than_its_interval() -> None:
    assert _reads(WorkSignal(0.2), [*range(12)]) == [0.05, 0.25, 0.45]


def test_without_a_number_the_tables_are_read_at_each_interval_while_there_is_work() -> None:
    assert _reads(WorkSignal(0.2, worked_at=100), [None] * 12) == [0.05, 0.25, 0.45]


def test_without_a_number_the_tables_are_read_less_often_when_there_was_no_work_for_a_while() -> None:
    looks = int((QUIET_AFTER + 4 * QUIET_INTERVAL) / LOOK_INTERVAL)
    woken = _reads(WorkSignal(0.2, worked_at=100), [None] * looks)
    pauses = [later - before for before, later in pairwise(woken)]
    busy = [pause for pause, ended in zip(pauses, woken[1:], strict=True) if ended <= QUIET_AFTER]
    assert busy == [pytest.approx(0.2, abs=LOOK_INTERVAL + 0.01)] * len(busy)
    assert pauses[-2:] == [pytest.approx(QUIET_INTERVAL, abs=LOOK_INTERVAL + 0.01)] * 2


def test_the_number_changes_with_each_commit_of_another_connection_and_not_with_reads(tmp_path: Path) -> None:
    file = tmp_path / "smot.db"
    counter = CommitCounter(file)
    assert counter.value() is None, "there is no file yet"
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("CREATE TABLE t (x)")
    before = counter.value()
    assert before is not None
    other.execute("SELECT * FROM t").fetchall()
    assert counter.value() == before
    seen = {before}
    for _ in range(20):
        other.execute("INSERT INTO t VALUES (1)")
        seen.add(counter.value() or 0)
    assert len(seen) == 21
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.execute("INSERT INTO t VALUES (1)")
    assert counter.value() not in seen
    other.execute("BEGIN IMMEDIATE")
    assert counter.value() is not None, "a writer does not stop it"
    counter.close()
