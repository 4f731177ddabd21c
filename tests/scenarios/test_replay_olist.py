"""`smot replay olist` on its own instance: every oddity of real orders, and some of the real ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.olist_files import AT_THE_DOOR, ODD, ODD_PLAYED, REFUSED, SHORT, odd_file, write
from tests.runtime.test_replay_olist import DASHES, REAL
from tests.scenarios.command_line import smot

_LONGEST = 400  # seconds; the real rows take about twenty on a quiet machine


async def replay(file: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, summary, and the printed text."""
    code, out, err = await smot("replay", "olist", str(file), "--json", *options, seconds=_LONGEST)
    lines = out.splitlines()
    return code, json.loads(lines[-1]) if lines else {}, err


async def test_every_odd_row_is_played_or_refused_and_every_promise_holds(tmp_path: Path) -> None:
    code, summary, printed = await replay(odd_file(tmp_path))
    assert code == 0, (printed, summary)
    rows, late = summary["rows"], summary["late"]
    assert rows["refused"] == REFUSED | AT_THE_DOOR
    assert rows["anomalies"] == ODD_PLAYED
    refused = sum(REFUSED.values()) + sum(AT_THE_DOOR.values())
    assert rows["read"] == len(ODD)
    assert rows["accepted"] == summary["orders"]["total"] == len(ODD) - refused
    assert summary["orders"]["by_stage"] == {"cancelled": 1, "closed": rows["accepted"] - 1}
    # `late` was notified a day before; `promised_before` was late when it was placed; `last_day` came in its last hour.
    assert (late["orders"], late["notified_before"], late["notified_after"], late["not_notified"]) == (
        2,
        1,
        1,
        0,
    )
    assert late["hours_before"]["median"] == 24
    assert late["false_alarms"] == 1
    assert summary["notices"]["not_sent"] == {}
    checked = summary["invariants"]["checked"]
    assert checked["journeys"] == checked["orders"] == rows["accepted"]
    assert (summary["invariants"]["broken"], checked["runs"]) == (0, 0)
    assert "16 journeys in Temporal" in printed
    assert '"level"' not in printed, "what the instance logs does not come between the lines for people"


async def test_without_hand_over_times_parcels_are_registered_at_the_approval(tmp_path: Path) -> None:
    code, summary, printed = await replay(write(tmp_path / "orders.csv", SHORT, DASHES))
    assert code == 0, (printed, summary)
    assert summary["orders"]["by_stage"] == {"closed": 1}
    assert summary["replay"]["with_handover"] is False
    assert (summary["late"]["orders"], summary["late"]["in_time"]) == (0, 1)


async def test_an_invalid_file_ends_the_command_before_anything_starts(tmp_path: Path) -> None:
    unclear = "a,c,delivered,02-10-2017 11:07,03-11-2017 00:00,04-10-2017 21:25"
    for lines, says in (([SHORT, unclear], "whether day or month"), ([SHORT], "no rows"), ([], "no column")):
        code, summary, printed = await replay(write(tmp_path / "orders.csv", *lines))
        assert (code, summary) == (2, {})
        assert says in printed
        assert len(printed.splitlines()) == 1


async def test_real_orders_are_replayed_and_every_late_one_is_notified_before(tmp_path: Path) -> None:
    file = REAL / "orders_with_handover.csv"
    if not file.exists():
        pytest.skip(f"the Olist data set may not be copied into the project, and {file} is absent")
    code, summary, printed = await replay(file, "--limit", "60")
    assert code == 0, (printed, summary)
    assert summary["rows"]["accepted"] == summary["invariants"]["checked"]["journeys"] == 60
    late = summary["late"]
    assert late["orders"] > 0
    assert late["notified_before"] == late["orders"]
