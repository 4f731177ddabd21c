"""Failpoints: named moments at which a test may kill or freeze this process. Unarmed, one look into an empty dict.

`SMOT_FAILPOINTS="pay.sent=kill,commit.persisted=kill@3,pay.called=sleep:5"` is read once, at import. With
`SMOT_FAILPOINTS_ONCE=folder` a point goes off once over all processes: a file of its name there says that it has, and
deleting the file arms it again. Without it a restarted process is killed at the same point for ever.
"""

import logging
import os
import signal
import time
from pathlib import Path

from domain.base import Fact

logger = logging.getLogger(__name__)


class Failpoint(Fact):
    """At the `nth` time (counted from 1, in this process) kill the process, or freeze it whole for `seconds`."""

    nth: int = 1
    seconds: float | None = None


def armed_by(text: str) -> dict[str, Failpoint]:
    """The failpoints in that text; raises ValueError for one that is misspelt, so that no test passes unharmed."""
    points = {}
    for part in filter(None, text.split(",")):
        name, _, rest = part.strip().partition("=")
        what, _, nth = rest.partition("@")
        word, _, seconds = what.partition(":")
        if not name or word not in ("kill", "sleep") or (word == "sleep") != bool(seconds):
            raise ValueError(f"not a failpoint: {part!r}")
        points[name] = Failpoint(nth=int(nth or 1), seconds=float(seconds) if seconds else None)
    return points


_ARMED = armed_by(os.environ.get("SMOT_FAILPOINTS", ""))
_ONCE = os.environ.get("SMOT_FAILPOINTS_ONCE")
_hits: dict[str, int] = {}


def hit(name: str) -> None:
    """We are at that moment: survive it, unless a test armed it."""
    point = _ARMED.get(name)
    spent = Path(_ONCE, name) if _ONCE else None
    if point is None or (spent is not None and spent.exists()):
        return
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] != point.nth:
        return
    logger.warning("failpoint %s: %s", name, point)
    if spent is not None:
        _hits[name] = 0
        spent.touch()
    if point.seconds is None:
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        time.sleep(point.seconds)  # the whole process stands still, as under SIGSTOP
