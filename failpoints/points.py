"""Failpoints: `hit("name")` in the code is a place where a test may kill, delay or pause the process.

`SMOT_FAILPOINTS="pay.sent=kill,commit.persisted=kill@3,pay.called=sleep:5,mail.accepted=pause:20"` is read at import. `@3`
means the third time. An unarmed failpoint costs one look-up in an empty dict.

- `kill`: SIGKILL.
- `sleep:5`: the process stands still for 5 seconds.
- `pause:20`: it writes its process id to `<failpoint>.paused` in the folder SMOT_FAILPOINTS_ONCE and stands still until that
  file is deleted, for at most 20 seconds.

With SMOT_FAILPOINTS_ONCE a failpoint is used once by all processes together: a file of its name in that folder marks it as
used, and deleting the file arms it again. Without the folder a restarted process is killed at the same failpoint again.
`failpoints/catalogue.py` lists all failpoints.
"""

import logging
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

logger = logging.getLogger(__name__)

Action = Literal["kill", "sleep", "pause"]
_ACTIONS: dict[str, Action] = {"kill": "kill", "sleep": "sleep", "pause": "pause"}

_PAUSE_POLL_INTERVAL = 0.005  # seconds between two checks whether a paused process may continue


@dataclass(frozen=True)
class Failpoint:
    """The action at the `nth` time (from 1, counted in this process). `seconds`: how long it stands still, at most."""

    action: Action = "kill"
    nth: int = 1
    seconds: float | None = None


def parse_failpoints(text: str) -> dict[str, Failpoint]:
    """The failpoints by name. Raises ValueError for a misspelt one, so that no test passes without its fault."""
    points = {}
    for part in filter(None, text.split(",")):
        name, _, rest = part.strip().partition("=")
        what, _, nth = rest.partition("@")
        action, _, seconds = what.partition(":")
        if not name or action not in _ACTIONS or (action != "kill") != bool(seconds):
            raise ValueError(f"not a failpoint: {part!r}")
        points[name] = Failpoint(_ACTIONS[action], int(nth or 1), float(seconds) if seconds else None)
    return points


_armed: dict[str, Failpoint] = {}
_once: Path | None = None
_hits: dict[str, int] = {}


def arm(environment: Mapping[str, str]) -> None:
    """Read the variables again, for a process that was forked from one with other variables. Raises ValueError."""
    global _once
    points = parse_failpoints(environment.get("SMOT_FAILPOINTS", ""))
    folder = environment.get("SMOT_FAILPOINTS_ONCE")
    if folder is None and any(point.action == "pause" for point in points.values()):
        raise ValueError(
            "pause needs SMOT_FAILPOINTS_ONCE, the folder in which a paused process reports itself"
        )
    _armed.clear()
    _hits.clear()
    _armed.update(points)
    _once = Path(folder) if folder else None


def hit(name: str) -> None:
    """Do nothing, unless a test armed this failpoint."""
    point = _armed.get(name)
    if point is None:
        return
    used = _once / name if _once else None
    if used is not None and used.exists():
        return
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] != point.nth:
        return
    logger.warning("failpoint %s: %s", name, point)
    if used is not None:
        _hits[name] = 0
        used.touch()
    _trigger(name, point)


def _trigger(name: str, point: Failpoint) -> None:
    """`sleep` and `pause` stop the whole event loop, as SIGSTOP would."""
    match point.action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(point.seconds or 0)
        case "pause":
            assert _once is not None, "`arm` requires the folder"
            _pause(_once / f"{name}.paused", time.monotonic() + (point.seconds or 0))


def _pause(marker: Path, until: float) -> None:
    fresh = marker.with_suffix(".tmp")
    fresh.write_text(str(os.getpid()))
    fresh.rename(marker)  # by renaming, so that the file always holds the process id
    while marker.exists() and time.monotonic() < until:
        time.sleep(_PAUSE_POLL_INTERVAL)
    marker.unlink(missing_ok=True)


arm(os.environ)
