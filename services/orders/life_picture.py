"""Draws an order's life as SVG: a column each for shop, carrier, smot and customer, time going down.

What happened is solid, what is planned is hollow. The picture has no scripts and no outside parts, follows the reader's light
or dark setting, and every text in it is escaped.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Literal

Lane = Literal["shop", "carrier", "smot", "customer"]
LANES: tuple[Lane, ...] = ("shop", "carrier", "smot", "customer")

_TIMES = 120  # width of the column of times; all lengths are in pixels
_LANE = 162
_HEADER = 72
_ROW = 24
_TEXT = 24  # characters of a label that have room in its column
_GAP = timedelta(hours=6)  # a longer pause is drawn longer, by its logarithm
_LONGEST_GAP = 44
_UNPRINTABLE = re.compile(
    "[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
)  # what XML cannot hold
_STYLE = """
svg{background:#fff;font:12px system-ui,sans-serif}text{fill:#1b1f24}.m{fill:#59636e}.h{font-weight:600;font-size:13px}
.g{stroke:#d1d9e0}.p{stroke-dasharray:3 4}.n{stroke:#bf3989}.d{stroke:#bc4c00}.w{stroke:#59636e}.b{fill:#fff}
.shop{fill:#8250df;stroke:#8250df}.carrier{fill:#0969da;stroke:#0969da}
.smot{fill:#1a7f37;stroke:#1a7f37}.customer{fill:#9a6700;stroke:#9a6700}circle{stroke-width:2}circle.o{fill:#fff}
@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.m{fill:#9198a1}.g{stroke:#3d444d}.b{fill:#0d1117}
.w{stroke:#9198a1}.shop{fill:#ab7df8;stroke:#ab7df8}.carrier{fill:#4493f8;stroke:#4493f8}
.smot{fill:#3fb950;stroke:#3fb950}.customer{fill:#d29922;stroke:#d29922}circle.o{fill:#0d1117}}
"""


@dataclass(frozen=True)
class LifeEvent:
    """One thing that happened or is planned.

    - `label`: a few words; `detail`: the whole of it, for a pointer that rests on it and for screen readers.
    - `reaches`: the lane of the other party, for a message.
    """

    at: datetime
    lane: Lane
    label: str
    detail: str = ""
    planned: bool = False
    reaches: Lane | None = None


@dataclass(frozen=True)
class OrderLife:
    """What is drawn. `now`: until when it is known. `due`: when the promise breaks. `left_out`: how many events are not here."""

    title: str
    events: Sequence[LifeEvent]
    now: datetime
    due: datetime | None = None
    left_out: int = 0


@dataclass(frozen=True)
class _PictureRow:
    """Something at a height: an event, or a line across all lanes with its style and text."""

    at: datetime
    event: LifeEvent | None = None
    across: str = ""
    text: str = ""


def draw_life(life: OrderLife) -> str:
    """The SVG document. Pure: the same life gives the same text."""
    heights, bottom = _heights(rows := _rows(life))
    now = next(y for row, y in zip(rows, heights, strict=True) if row.across == "n")
    width = _TIMES + _LANE * len(LANES)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom}" width="{width}" height="{bottom}" '
        'role="graphics-document document" aria-labelledby="t d">',
        f'<title id="t">{_escaped(life.title)}</title>',
        f'<desc id="d">{_escaped(_described(life))}</desc>',
        f"<style>{_STYLE.strip()}</style>",
        f'<text class="h" x="12" y="24">{_escaped(_cut(life.title, 90))}</text>',
        *_lanes(now, bottom),
        *_times(rows, heights),
        *(_drawn(row, y, width) for row, y in zip(rows, heights, strict=True)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _described(life: OrderLife) -> str:
    planned = sum(event.planned for event in life.events)
    left_out = f" {life.left_out} earlier events are left out." if life.left_out else ""
    return f"{len(life.events) - planned} events that happened, {planned} that are planned, oldest first.{left_out}"


def _rows(life: OrderLife) -> list[_PictureRow]:
    """Everything with a height, by time; what happened at the same time stays in its order, and plans come after now."""
    happened = [_PictureRow(event.at, event) for event in life.events if not event.planned]
    planned = [_PictureRow(max(event.at, life.now), event) for event in life.events if event.planned]
    due = [_PictureRow(life.due, across="d", text="promise ends")] if life.due else []
    before = sorted([*happened, *(one for one in due if one.at <= life.now)], key=lambda row: row.at)
    after = sorted([*planned, *(one for one in due if one.at > life.now)], key=lambda row: row.at)
    return [*before, _PictureRow(life.now, across="n", text="now"), *after]


def _heights(rows: Sequence[_PictureRow]) -> tuple[list[int], int]:
    """The height of each row, and that of the picture."""
    heights: list[int] = []
    y, last = _HEADER, None
    for row in rows:
        y += _ROW if last is None else _ROW + _space(row.at - last)
        heights.append(y)
        last = row.at
    return heights, y + _ROW


def _space(pause: timedelta) -> int:
    """The space that a pause gets in addition."""
    if pause <= _GAP:
        return 0
    return min(_LONGEST_GAP, round(10 * math.log2(pause / _GAP)) + 8)


def _lanes(now: int, bottom: int) -> Iterator[str]:
    for lane in LANES:
        x = _x(lane)
        yield f'<text class="h" x="{x - 6}" y="54">{lane}</text>'
        yield f'<line class="g" x1="{x}" y1="{_HEADER - 8}" x2="{x}" y2="{now}"/>'
        yield f'<line class="g p" x1="{x}" y1="{now}" x2="{x}" y2="{bottom - 8}"/>'


def _times(rows: Sequence[_PictureRow], heights: Sequence[int]) -> Iterator[str]:
    """The time of each row, its day where it changes, and the length of long pauses."""
    last: datetime | None = None
    if rows:
        yield f'<text class="m" x="12" y="54">{rows[0].at:%Y}, UTC</text>'
    for row, y in zip(rows, heights, strict=True):
        pause = row.at - last if last else timedelta(0)
        if _space(pause) >= 2 * _ROW - 10:
            yield f'<text class="m" x="12" y="{y - _ROW - 4}">{_length(pause)}</text>'
        if last is None or row.at.date() != last.date():
            year = "" if row.at.year == rows[0].at.year else f" {row.at:%y}"
            yield f'<text x="12" y="{y + 4}">{row.at:%d %b}{year}</text>'
        if last is None or f"{row.at:%d%H%M}" != f"{last:%d%H%M}" or pause >= timedelta(days=1):
            yield f'<text class="m" x="72" y="{y + 4}">{row.at:%H:%M}</text>'
        last = row.at


def _length(pause: timedelta) -> str:
    return f"⋮ {pause.days} days" if pause.days > 1 else f"⋮ {pause // timedelta(hours=1)} h"


def _drawn(row: _PictureRow, y: int, width: int) -> str:
    if row.event is None:
        line = f'<line class="{row.across} p" x1="{_TIMES - 8}" y1="{y}" x2="{width - 8}" y2="{y}"/>'
        return f'{line}<text class="m" text-anchor="end" x="{width - 12}" y="{y - 4}">{_escaped(row.text)}</text>'
    event = row.event
    said = ", ".join(
        filter(None, (f"{event.at:%d %B %Y %H:%M} UTC", event.lane, event.detail or event.label))
    )
    said = f"planned: {said}" if event.planned else said
    style = f"{event.lane} o" if event.planned else event.lane
    shown = event.reaches or event.lane
    marks = f'<circle class="{style}" cx="{_x(event.lane)}" cy="{y}" r="5"/>{_arrow(event, y)}'
    return (
        f'<g role="graphics-symbol img" aria-label="{_escaped(said)}"><title>{_escaped(said)}</title>{marks}'
        f'<text x="{_x(shown) + 11}" y="{y + 4}">{_escaped(_cut(event.label, _TEXT))}</text></g>'
    )


def _arrow(event: LifeEvent, y: int) -> str:
    """From the lane of a message to the lane that it reaches."""
    if event.reaches is None:
        return ""
    x1, x2 = _x(event.lane), _x(event.reaches)
    way = 1 if x2 > x1 else -1
    dashes = " p" if event.planned else ""
    line = f'<line class="w{dashes}" x1="{x1 + 8 * way}" y1="{y}" x2="{x2 - 2 * way}" y2="{y}"/>'
    return f'{line}<path class="{event.lane}" d="M{x2} {y}l{-8 * way} -4v8z"/>'


def _x(lane: Lane) -> int:
    return _TIMES + 14 + _LANE * LANES.index(lane)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _escaped(text: str) -> str:
    return escape(_UNPRINTABLE.sub("�", text))
