"""What the terminal shows: a table that reads at 80 columns, colours only on a terminal, plain lines in a pipe."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from demo import plan, samples
from demo.calendar import FIRST_INSTANT
from demo.client import SandboxMerchant
from demo.table import LiveTable
from demo.waiting import fitting, waiting

PLAN = plan.make(1, 25, samples.load(samples.FOLDER), "demo-1")
NOTIFIED = PLAN.orders[0].order_id


class Shop(SandboxMerchant):
    """Answers every order as delivered late and refunded, with one delay notice."""

    name = "demo-1-abcdef"

    def __init__(self) -> None:
        pass

    async def get(self, bearer: str, path: str) -> dict[str, Any]:
        if path.endswith("/notices"):
            details = {"due": "2026-03-07T00:00:00Z"}
            return {"items": [_notice("sent", details), _notice("cancelled", details)]}
        return {
            "stage": "delivered",
            "due": "2026-03-07T00:00:00Z",
            "next": None,
            "refunded": {"minor": 123456},
            "captured": {"minor": 234567},
            "parcels": [{"status": "out_for_delivery"}] * 2,
            "delay_notices": [{}],
            "returns": [],
        }


def _notice(status: str, details: dict[str, str]) -> dict[str, Any]:
    return {"kind": "delayed", "status": status, "details": details, "sent_at": "2026-03-06T08:00:00Z"}


def _console(width: int, *, terminal: bool, **env: str) -> Console:
    return Console(
        file=io.StringIO(), width=width, height=24, force_terminal=terminal, _environ={"TERM": "xterm", **env}
    )


async def _shown(console: Console) -> str:
    with LiveTable(Shop(), PLAN, console) as table:
        await table.refresh(FIRST_INSTANT + timedelta(days=10), [order.order_id for order in PLAN.orders])
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_the_table_reads_at_80_columns() -> None:
    lines = (await _shown(_console(80, terminal=False))).splitlines()
    assert max(map(len, lines)) <= 80
    for order in PLAN.orders:
        [row] = [line for line in lines if order.order_id in line]
        assert "delivered" in row
        assert " 16 h " in row, "only what was sent counts"
        assert "1234.56/2345.67" in row
    assert not any("2 out for delivery" in line for line in lines)


async def test_a_wide_terminal_has_every_column() -> None:
    shown = await _shown(_console(170, terminal=False))
    assert "2 out for delivery" in shown
    assert "07 Mar" not in shown
    assert "06 Mar" in shown, "a promised day is kept until its end"


@pytest.mark.parametrize(
    ("terminal", "env", "colored"), [(True, {}, True), (True, {"NO_COLOR": "1"}, False), (False, {}, False)]
)
async def test_colours_are_for_terminals_that_want_them(
    terminal: bool, env: dict[str, str], colored: bool
) -> None:
    shown = await _shown(_console(80, terminal=terminal, **env))
    assert ("\x1b[32m" in shown) is colored
    assert terminal or "\x1b" not in shown


async def test_a_pipe_gets_plain_lines_while_something_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.waiting.LINE_INTERVAL", 0.0)
    console = _console(80, terminal=False)
    assert isinstance(console.file, io.StringIO)
    async with waiting(console, lambda: "starting the worker"), asyncio.timeout(10):
        while not console.file.getvalue():
            await asyncio.sleep(0)
    assert console.file.getvalue().startswith("starting the worker · 0 s\n")


def test_a_line_is_cut_where_the_terminal_ends() -> None:
    assert fitting("abcdef", 4) == "abc…"
    assert fitting("abcd", 4) == "abcd"
