"""Logging: one line per event, as JSON for machines or in columns for people.

All loggers, also those of libraries, write through this handler, so that every line is redacted.
"""

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.typing import Processor

from runtime.telemetry.redaction import described, masked, redacted

Style = Literal["auto", "json", "console"]
_UNREDACTED: Final = ("event", "level", "timestamp", "logger", "process")
# Their INFO lines repeat our own.
_NOISY: Final = {"alembic": logging.WARNING, "aiosqlite": logging.WARNING, "aiohttp.access": logging.CRITICAL}


def start_logging(
    process: str, style: Style = "auto", level: int = logging.INFO, out: TextIO | None = None
) -> None:
    """Write all logs of this process to `out` (standard error), one event a line. A later call replaces an earlier one.

    `process`: name of this process in each line. `style`: auto is console on a terminal and JSON elsewhere.
    """
    out = out or sys.stderr
    console = style == "console" or (style == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(process, console, out.isatty()))
    root = logging.getLogger()
    for old in [*root.handlers]:
        if getattr(old, "of_smot", False):
            root.removeHandler(old)
    handler.of_smot = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(max(level, least))


def configured_style() -> Style:
    """The style in SMOT_LOG. It is read before the other settings, so that an error in one of them is logged in that style."""
    wanted = os.environ.get("SMOT_LOG")
    return "console" if wanted == "console" else "json" if wanted == "json" else "auto"


def _formatter(process: str, console: bool, colors: bool) -> structlog.stdlib.ProcessorFormatter:
    def add_process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0)
        if console
        else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            *_origin(console, add_process),
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            format_exception,
            redact,
            last,
        ],
    )


def _origin(console: bool, add_process: Processor) -> list[Processor]:
    """When and where a line was written. In columns for people the time of the day is enough, so that lines fit a terminal."""
    if console:
        return [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True), add_process]
    iso = structlog.processors.TimeStamper(fmt="iso", utc=True)
    return [structlog.stdlib.add_logger_name, iso, add_process]


def format_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the traceback by the types and places of the exceptions: messages and source lines may hold personal data."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    for name in ("exc_text", "stack_info", "message", "asctime"):  # what other handlers leave on a record
        event.pop(name, None)
    if isinstance(error, BaseException):
        event["exception"] = described(error)
    return event


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask personal data and secrets, as the last step before a line is written."""
    message = str(event.get("event", ""))
    # The second line of asyncio quotes the values of a task.
    event["event"] = message.partition("\n")[0] if event.get("logger") == "asyncio" else message
    kept = {name: event[name] for name in _UNREDACTED if name in event}
    kept["event"] = masked(kept["event"])
    return {**kept, **redacted({name: value for name, value in event.items() if name not in kept})}


def flush_spans() -> None:
    """Send the spans that are not sent yet, at the end of a process that traces."""
    tracing = sys.modules.get("runtime.telemetry.tracing")
    if tracing is not None:
        tracing.flush()
