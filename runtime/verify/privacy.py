"""I11: no e-mail address, key or card number is in a workflow id, a memo, a search attribute or a log.

They are found by their form. Names have no form, so tests plant names and search for them. What is found is named by its
place and never repeated.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from runtime.telemetry.redaction import is_card_number
from runtime.verify.report import BrokenInvariant
from runtime.verify.sources import VisibleRun

_TAIL: Final = 8 * 1024 * 1024  # the newest bytes of each log; a longer log is rotated
_SHAPES: Final = (
    # not a worker's own name, which is its process id and its host's name
    (
        "an e-mail address",
        re.compile(r"(?<![\w.+%-])(?=[\w.+%-]*[A-Za-z])[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"),
    ),
    ("a bearer key", re.compile(r"\bsmot_(?:live|test|platform)_[0-9a-f]{8}_[0-9A-Za-z]{10,}")),
    ("a customer's link", re.compile(r"\bcust_[A-Za-z0-9_.~-]{20,}")),
    ("a webhook secret", re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]{10,}")),
)
_CARD: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])")


def in_visibility(runs: Iterable[VisibleRun]) -> Iterator[BrokenInvariant]:
    """What operators see in Temporal's list of runs. A workflow id that holds something private is not repeated."""
    for run in runs:
        for what in _private(run.id, cards=True):
            yield _broken(run.run_id, f"{what} is in the id of run {run.run_id}")
        for place, text in (("memo", run.memo), ("search attributes", run.attributes)):
            for what in _private(text, cards=True):
                yield _broken(run.run_id, f"{what} is in the {place} of run {run.run_id}")


def in_logs(files: Iterable[Path]) -> Iterator[BrokenInvariant]:
    """The newest log lines of our processes and of the embedded server."""
    for file in files:
        for number, line in enumerate(_newest(file).splitlines(), 1):
            for what in _private(line, cards=False):
                yield _broken(file.name, f"{what} is in line {number} of the newest part of {file.name}")


def _private(text: str, *, cards: bool) -> Iterator[str]:
    yield from (name for name, shape in _SHAPES if shape.search(text))
    if cards and any(is_card_number(run[0]) for run in _CARD.finditer(text)):
        yield "a card number"


def _newest(file: Path) -> str:
    try:
        with file.open("rb") as held:
            held.seek(max(0, file.stat().st_size - _TAIL))
            return held.read().decode(errors="replace")
    except FileNotFoundError:  # rotated away at this moment
        return ""


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I11", subject=subject, message=message)
