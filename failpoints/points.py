"""Failpoints: named moments at which a test may kill or halt this process. Unarmed, one look into an empty dict.

`SMOT_FAILPOINTS="pay.sent=kill,commit.persisted=kill@3,pay.called=sleep:5,mail.accepted=pause:20"` is read once, at
import. With `SMOT_FAILPOINTS_ONCE=folder` a point goes off once over all processes: a file of its name there says that
it has, and deleting the file arms it again. Without it a restarted process is killed at the same point for ever.
`pause` needs that folder: whoever comes to the point writes its process id to `<point>.paused` there and stands still
until somebody deletes that file, or for so many seconds. The points are listed in `failpoints/catalogue.py`.
"""

import logging
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from domain.base import Frozen

logger = logging.getLogger(__name__)

_PAUSE_POLL_INTERVAL = 0.005  # seconds between looks whether one who stands may go on


class Failpoint(Frozen):
    """What happens at the `nth` time (counted from 1, in this process). `seconds`: how long it halts, at most."""

    action: Literal["kill", "sleep", "pause"] = "kill"
    nth: int = 1
    seconds: float | None = None


def parse_failpoints(text: str) -> dict[str, Failpoint]:
    """The failpoints in that text; raises ValueError for one that is misspelt, so that no test passes unharmed."""
    points = {}
    for part in filter(None, text.split(",")):
        name, _, rest = part.strip().partition("=")
        what, _, nth = rest.partition("@")
        word, _, seconds = what.partition(":")
        if not name or word not in ("kill", "sleep", "pause") or (word != "kill") != bool(seconds):
            raise ValueError(f"not a failpoint: {part!r}")
        points[name] = Failpoint.model_validate(
            {"action": word, "nth": int(nth or 1), "seconds": float(seconds) if seconds else None}
        )
    return points


_armed: dict[str, Failpoint] = {}
_once: Path | None = None
_hits: dict[str, int] = {}


def arm(environment: Mapping[str, str]) -> None:
    """Read the variables again: for a process that was forked from one with other variables. Raises ValueError."""
    global _once
    points = parse_failpoints(environment.get("SMOT_FAILPOINTS", ""))
    folder = environment.get("SMOT_FAILPOINTS_ONCE")
    if folder is None and any(point.action == "pause" for point in points.values()):
        raise ValueError("a pause needs SMOT_FAILPOINTS_ONCE, the folder where it says that it stands")
    _armed.clear()
    _hits.clear()
    _armed.update(points)
    _once = Path(folder) if folder else None


def hit(name: str) -> None:
    """We are at that moment: survive it, unless a test armed it."""
    point = _armed.get(name)
    if point is None:
        return
    spent = _once / name if _once else None
    if spent is not None and spent.exists():
        return
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] != point.nth:
        return
    logger.warning("failpoint %s: %s", name, point)
    if spent is not None:
        _hits[name] = 0
        spent.touch()
    _trigger(name, point)


def _trigger(name: str, point: Failpoint) -> None:
    """The whole event loop stands still in both ways of halting, as under SIGSTOP."""
    match point.action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(point.seconds or 0)
        case "pause":
            assert _once is not None, "`arm` has seen to it"
            _pause(_once / f"{name}.paused", time.monotonic() + (point.seconds or 0))


def _pause(marker: Path, until: float) -> None:
    fresh = marker.with_suffix(".tmp")
    fresh.write_text(str(os.getpid()))
    fresh.rename(marker)  # whoever waits for the file finds the process id in it
    while marker.exists() and time.monotonic() < until:
        time.sleep(_PAUSE_POLL_INTERVAL)
    marker.unlink(missing_ok=True)


arm(os.environ)
