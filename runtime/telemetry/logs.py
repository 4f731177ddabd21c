"""How a process tells what it does: one log line per event, as JSON for machines or in columns for people.

Every logger of ours and of the libraries below us goes through here, and nothing leaves that redaction did not see.
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
# They say at INFO what our own lines say already; asyncio's second line quotes whatever a task held.
_NOISY: Final = {"alembic": logging.WARNING, "aiosqlite": logging.WARNING, "aiohttp.access": logging.CRITICAL}


def start_logging(
    process: str, style: Style = "auto", level: int = logging.INFO, out: TextIO | None = None
) -> None:
    """Send all logging of this process to `out` (standard error), one event a line. Repeated, the last call holds.

    `process`: which part of the deployment writes. `style`: auto is console on a terminal and JSON elsewhere.
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
    """SMOT_LOG, read before all other settings: that one of them is wrong has to be told too."""
    wanted = os.environ.get("SMOT_LOG")
    return "console" if wanted == "console" else "json" if wanted == "json" else "auto"


def _formatter(process: str, console: bool, colors: bool) -> structlog.stdlib.ProcessorFormatter:
    def of(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=colors) if console else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            of,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            format_exception,
            redact,
            last,
        ],
    )


def format_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Types and places instead of a traceback: that one quotes source, and its message whatever was at hand."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    for name in ("exc_text", "stack_info", "message", "asctime"):  # what other handlers leave on a record
        event.pop(name, None)
    if isinstance(error, BaseException):
        event["exception"] = described(error)
    return event


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last step before a line is written."""
    told = str(event.get("event", ""))
    event["event"] = told.partition("\n")[0] if event.get("logger") == "asyncio" else told
    kept = {name: event[name] for name in _UNREDACTED if name in event}
    kept["event"] = masked(kept["event"])
    return {**kept, **redacted({name: one for name, one in event.items() if name not in kept})}


def flush_spans() -> None:
    """Send the traces that wait, at the end of a process that made any."""
    tracing = sys.modules.get("runtime.telemetry.tracing")
    if tracing is not None:
        tracing.flush()
