"""Every log line of a process is one JSON object that went through redaction, from every logger."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

from runtime.telemetry.logs import Style, configured_style, start_logging


class LogLines(io.StringIO):
    """The log lines, as objects."""

    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[LogLines]:
    root = logging.getLogger()
    before, level = [*root.handlers], root.level
    clear_contextvars()
    lines = LogLines()
    start_logging("test", "json", out=lines)
    yield lines
    root.handlers[:] = before
    root.setLevel(level)
    clear_contextvars()


def test_a_log_line_has_its_time_its_process_and_its_fields(lines: LogLines) -> None:
    with bound_contextvars(request_id="r1", merchant="acme", order="ord_1"):
        logging.getLogger("api.http.middleware").info(
            "request", extra={"route": "GET /x", "status": 200, "ms": 3}
        )
    (line,) = lines.parsed()
    stamp = line.pop("timestamp")
    assert stamp.endswith("Z")
    assert line == {
        "event": "request", "level": "info", "logger": "api.http.middleware", "process": "test", "request_id": "r1",
        "merchant": "acme", "order": "ord_1", "route": "GET /x", "status": 200, "ms": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    "logger", ["aiohttp.server", "temporalio.activity", "alembic.runtime", "asyncio", "store.x"]
)
def test_no_library_gets_around_redaction(lines: LogLines, logger: str) -> None:
    log = logging.getLogger(logger)
    try:
        raise ValueError("of jane@example.com")
    except ValueError:
        log.exception(
            "failed for %s", "jane@example.com", extra={"email": "jane@example.com", "who": "+4420 79460958"}
        )
    (line,) = lines.parsed()
    assert "jane" not in lines.getvalue()
    assert "7946" not in lines.getvalue()
    assert line["event"] == "failed for [email]"
    assert line["exception"].startswith("ValueError at test_telemetry.py:")


def test_held_quantities_of_a_forgotten_task_are_not_quoted(lines: LogLines) -> None:
    async def fails() -> None:
        raise RuntimeError("Zdzisława Testowa could not be found")

    async def forgets() -> None:
        task = asyncio.ensure_future(fails())
        await asyncio.wait({task})
        del task

    asyncio.run(forgets())
    assert [line["event"] for line in lines.parsed()] == ["Task exception was never retrieved"]
    assert "Zdzis" not in lines.getvalue()


def test_the_latest_configuration_holds_and_lines_are_not_doubled(lines: LogLines) -> None:
    again = LogLines()
    start_logging("other", "json", out=again)
    logging.getLogger("x").warning("once")
    assert lines.getvalue() == ""
    assert [line["process"] for line in again.parsed()] == ["other"]


def test_on_a_terminal_log_lines_have_columns(lines: LogLines) -> None:
    for_people = LogLines()
    start_logging("test", "console", out=for_people)
    bind_contextvars(merchant="acme")
    logging.getLogger("x").info("hello jane@example.com", extra={"status": 200})
    assert "hello [email]" in for_people.getvalue()
    assert "merchant=acme" in for_people.getvalue()
    with pytest.raises(json.JSONDecodeError):
        for_people.parsed()


@pytest.mark.parametrize(
    ("set_to", "style"), [("json", "json"), ("console", "console"), ("", "auto"), ("x", "auto")]
)
def test_the_style_is_read_before_other_settings(
    monkeypatch: pytest.MonkeyPatch, set_to: str, style: Style
) -> None:
    monkeypatch.setenv("SMOT_LOG", set_to)
    assert configured_style() == style
