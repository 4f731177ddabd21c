"""The table of what became of goods that came back, as Regulation (EU) 2024/1781 (ESPR) has firms disclose it each year."""

from collections import Counter
from collections.abc import Iterable

from domain.base import Frozen

_UNSAID = "-"
DISCARDED = frozenset({"recycle", "dispose", "donate", "missing"})
"""Goods that are not sold any more. What was repaired, sold as used or sent to its supplier is not among them."""


class DisposedRow(Frozen):
    """How many units of one customs code became the same for the same reason."""

    commodity_code: str | None
    """The code of the Combined Nomenclature, as the shop states it with its lines; null where it stated none."""
    disposition: str
    """What became of them."""
    discarded: bool
    """Whether they are not sold any more: recycled, thrown away, given away, or missing."""
    reason: str
    """Why they came back; `over`, `wrong` and `unknown` of goods that were not announced."""
    units: int
    """How many units."""
    share: float
    """Of all units of that code, in per cent."""


def grounds(code: str, disposition: str, reason: str) -> str:
    """Code, disposition and reason as one reason of a fact."""
    return f"{code or _UNSAID} {disposition} {reason or _UNSAID}"


def goods_table(counted: Iterable[tuple[str, int]]) -> tuple[DisposedRow, ...]:
    """The rows by code and then by units, the most first. `counted`: units by the `grounds` of their facts."""
    units: Counter[str] = Counter()
    for text, times in counted:
        units[text] += times
    of_code: Counter[str] = Counter()
    for text, times in units.items():
        of_code[text.partition(" ")[0]] += times
    rows = [_row(text, times, of_code[text.partition(" ")[0]]) for text, times in units.items() if times > 0]
    return tuple(
        sorted(rows, key=lambda one: (one.commodity_code or "", -one.units, one.disposition, one.reason))
    )


def _row(text: str, times: int, of: int) -> DisposedRow:
    code, disposition, reason = text.split(" ", 2)
    return DisposedRow(
        commodity_code=None if code == _UNSAID else code,
        disposition=disposition,
        discarded=disposition in DISCARDED,
        reason=reason,
        units=times,
        share=round(100 * times / of, 2),
    )
