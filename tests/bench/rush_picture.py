"""A rush drawn as SVG: above what the merchant in a rush sent and had written, below what the other merchant waited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.figures import percentile

WIDTH, HEIGHT, LEFT, TOP, GAP = 720, 150, 60, 30, 60
STEPS = 30  # points of a curve
SENT, WRITTEN, ACCEPTED, APPLIED = "#888888", "#2563eb", "#16a34a", "#dc2626"


@dataclass(frozen=True)
class Minute:
    """What is drawn. `sent`: webhooks of the rush, evenly over the seconds; `written`: when each was written, in seconds.

    accepted, applied: what the other merchant's webhooks waited, in seconds, in the order in which they were sent.
    """

    seconds: float
    sent: int
    written: Sequence[float]
    accepted: Sequence[float]
    applied: Sequence[float]


def draw(minute: Minute) -> str:
    """The picture."""
    moments = [minute.seconds * step / STEPS for step in range(STEPS + 1)]
    sent = [minute.sent * step / STEPS for step in range(STEPS + 1)]
    written = [float(sum(0 <= at <= moment for at in minute.written)) for moment in moments]
    accepted, applied = (_p99(waits) for waits in (minute.accepted, minute.applied))
    below = TOP + HEIGHT + GAP
    parts = [
        _panel(TOP, "webhooks of the merchant in a rush", max(sent), "{:.0f}".format),
        _curve(TOP, sent, max(sent), SENT, "accepted", 0),
        _curve(TOP, written, max(sent), WRITTEN, "written", 1),
        _panel(
            below, "what the other merchant waited, p99 (ms)", top := max(applied + accepted), "{:.0f}".format
        ),
        _curve(below, accepted, top, ACCEPTED, "answer", 0),
        _curve(below, applied, top, APPLIED, "status", 1),
        _text(LEFT + WIDTH, below + HEIGHT + 16, f"{minute.seconds:g} s", "end"),
        _text(LEFT, below + HEIGHT + 16, "0 s", "start"),
    ]
    size = f'viewBox="0 0 {LEFT + WIDTH + 20} {below + HEIGHT + 30}"'
    style = 'font-family="sans-serif" font-size="12"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n' + "\n".join(parts) + "\n</svg>\n"


def _p99(waits: Sequence[float]) -> list[float]:
    """Of each part of the minute, in milliseconds."""
    size = max(1, len(waits) // STEPS)
    return [percentile(waits[start : start + size], 99) * 1000 for start in range(0, len(waits), size)]


def _panel(top: int, title: str, highest: float, label: Callable[[float], str]) -> str:
    frame = f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#cccccc"/>'
    marks = _text(LEFT - 6, top + 10, label(highest), "end") + _text(LEFT - 6, top + HEIGHT, "0", "end")
    return frame + _text(LEFT, top - 8, title, "start") + marks


def _curve(top: int, values: Sequence[float], highest: float, color: str, name: str, place: int) -> str:
    step = WIDTH / max(1, len(values) - 1)
    points = " ".join(
        f"{LEFT + turn * step:.1f},{top + HEIGHT * (1 - value / (highest or 1)):.1f}"
        for turn, value in enumerate(values)
    )
    line = f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>'
    return line + _text(LEFT + WIDTH - 90 * place, top - 8, name, "end", color)


def _text(x: float, y: float, words: str, anchor: str, color: str = "#333333") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{color}">{words}</text>'
