"""`smot replay olist --score`: the running system records orders at risk, and its table matches the file."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from replay.rows import load
from replay.score import LEADS
from replay.selection import select_orders
from tests.runtime.olist_files import SHORT, write
from tests.runtime.test_replay_olist import REAL
from tests.scenarios.test_replay_olist import replay

PROMISED = datetime.fromisoformat("2017-11-20")
ENDS = PROMISED + timedelta(days=1)


def lines() -> list[str]:
    """Two dozen orders that come from eight days before the end of their promised day to four after, half days apart."""
    return [
        f"o{half:02},c,delivered,01-11-2017 10:{half:02},20-11-2017 00:00,"
        f"{ENDS + timedelta(hours=12 * half - 192, minutes=30):%d-%m-%Y %H:%M}"
        for half in range(24)
    ]


def counted(file: Path, orders: set[str]) -> dict[int, tuple[int, int]]:
    """The rule by plain sums: how many of the orders had not arrived that long before the end of the day, how many were late."""
    with file.open(newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["order_id"] in orders]
    arrivals = [_local(row["order_delivered_customer_date"]) for row in rows]
    ends = [_local(row["order_estimated_delivery_date"]) + timedelta(days=1) for row in rows]
    late = sum(at >= end for at, end in zip(arrivals, ends, strict=True))
    return {
        hours: (sum(at > end - timedelta(hours=hours) for at, end in zip(arrivals, ends, strict=True)), late)
        for hours in LEADS
    }


def _local(text: str) -> datetime:
    return datetime.strptime(text, "%d-%m-%Y %H:%M")  # noqa: DTZ007 - plain sums in local time


def flagged(summary: dict[str, Any]) -> dict[int, tuple[int, int]]:
    return {lead["hours"]: (lead["flagged"], lead["true_positives"]) for lead in summary["score"]["leads"]}


async def test_the_score_matches_the_file_and_every_invariant_holds(tmp_path: Path) -> None:
    early = "early,c,delivered,31-10-2017 23:59,20-11-2017 00:00,19-11-2017 12:00"
    open_ = "open,c,shipped,01-11-2017 10:00,20-11-2017 00:00,"
    file = write(tmp_path / "orders.csv", SHORT, *lines(), early, open_)
    code, summary, printed = await replay(file, "--score", "--delivered", "--approved-from", "2017-11-01")
    assert code == 0, (printed, summary)
    assert flagged(summary) == counted(file, {f"o{half:02}" for half in range(24)})
    score = summary["score"]
    assert (summary["rows"], score["orders"], score["late"], score["not_arrived"]) == (24, 24, 8, 0)
    assert [lead["median_lead"] for lead in score["leads"]] == list(LEADS)
    assert {lead["recall"] for lead in score["leads"]} == {1.0}
    assert score["notified"] == score["leads"][0]["flagged"], (
        "customers were notified with the lead time of the policy"
    )
    assert summary["invariants"]["broken"] == 0
    assert "precision" in printed


async def test_real_orders_score_the_same_as_plain_sums(tmp_path: Path) -> None:
    file = REAL / "orders.csv"
    if not file.exists():
        pytest.skip(f"the Olist data set may not be copied into the project, and {file} is absent")
    since = datetime(2017, 9, 1).date()  # noqa: DTZ001 - a day there
    options = ["--delivered", "--approved-from", "2017-09-01", "--sample", "40"]
    code, summary, printed = await replay(file, "--score", *options)
    assert code == 0, (printed, summary)
    drawn = select_orders(load(file), since=since, delivered=True, sample=40)
    assert flagged(summary) == counted(file, {row.order for row in drawn.rows})
