"""Which articles come back for which reason: the rows of a heat table, by the same facts as the return rate."""

from collections.abc import Mapping

from domain.base import Frozen
from domain.figures.sums import Sums

MAX_ARTICLES = 50


class ReasonReturns(Frozen):
    """The units of an article that come back for one reason."""

    reason: str
    """The reason."""
    units: int
    """How many."""
    value: float | None
    """Of the units sold of the article, in per cent; null where none was sold."""


class ArticleReturns(Frozen):
    """How often an article comes back."""

    sku: str
    """The article."""
    sold: int
    """Units sold in the period."""
    returned: int
    """Units on returns that were opened in the period and stand."""
    value: float | None
    """Of the units sold, in per cent; null where none was sold."""
    reasons: tuple[ReasonReturns, ...]
    """The same by reason, the most frequent first. Together they are `returned`."""


def articles_of(by_sku: Mapping[str, Sums]) -> tuple[ArticleReturns, ...]:
    """Those of which units come back, the most units first; at most `MAX_ARTICLES`."""
    found = [_article(sku, sums) for sku, sums in by_sku.items() if sku and sums.times("unit_returned") > 0]
    return tuple(sorted(found, key=lambda one: (-one.returned, one.sku))[:MAX_ARTICLES])


def _article(sku: str, sums: Sums) -> ArticleReturns:
    sold = sums.times("unit_sold")
    by_reason = {line.reason for line in sums.lines if line.kind == "unit_returned"}
    counted = [(reason, sums.times("unit_returned", reason)) for reason in by_reason]
    reasons = sorted(
        ((reason, units) for reason, units in counted if units > 0), key=lambda one: (-one[1], one[0])
    )
    returned = sum(units for _, units in reasons)
    return ArticleReturns(
        sku=sku,
        sold=sold,
        returned=returned,
        value=_rate(returned, sold),
        reasons=tuple(
            ReasonReturns(reason=reason, units=units, value=_rate(units, sold)) for reason, units in reasons
        ),
    )


def _rate(units: int, sold: int) -> float | None:
    return round(100 * units / sold, 2) if sold > 0 else None
