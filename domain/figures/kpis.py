"""The figures: what each is computed from, in which unit, and whether more of it is better. See `docs/kpis.md`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

from domain.figures.fact import FactKind
from domain.figures.sums import Sums

Dimension = Literal["carrier", "country", "sku", "reason"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
Unit = Literal["percent", "points", "seconds", "per_order", "score", "nps", "money"]
Better = Literal["more", "less"]
Name = Literal[
    "on_time", "promise_kept", "told_before_it_broke", "lead_time", "views_per_order", "return_rate", "cost_per_return",
    "retained_revenue", "scan_to_money", "dock_to_stock", "manual_touch", "time_to_settle", "refund_late", "refund_failed",
    "csat", "ces", "nps",
    "effort", "bonus_uplift", "repurchase",
]  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """A figure as it was read. value: None where nothing was counted. count, of: what it was computed from.

    currency: of what is money.
    """

    value: float | None
    count: int
    of: int
    currency: str = ""


class Kpi(NamedTuple):
    """A figure. main, over: the kinds of facts that it counts, and those that it divides by, for what it may be grouped by.

    own: the dimensions that mean another thing of what it divides by, so that a group is its part of the whole.
    """

    name: Name
    unit: Unit
    better: Better
    main: FactKind
    over: FactKind
    read: Callable[[Sums], Reading]
    own: tuple[Dimension, ...] = ()

    def known_by(self, dimension: Dimension) -> bool:
        """Whether its main facts have that dimension."""
        return dimension in BY.get(self.main, ())

    def filtered_by(self, dimension: Dimension) -> bool:
        """Whether all of its facts have that dimension, so that it means something for a part of them."""
        return self.known_by(dimension) and dimension in BY.get(self.over, ()) and dimension not in self.own


_DELIVERY: tuple[Dimension, ...] = ("carrier", "country")
_REASON: tuple[Dimension, ...] = ("country", "reason")
BY: Mapping[FactKind, tuple[Dimension, ...]] = {
    "order": ("country",), "touched": ("country",), "page_view": (), "effort": ("country",),
    "unit_sold": ("country", "sku"), "unit_returned": DIMENSIONS,
    "promised": _DELIVERY, "on_time": _DELIVERY, "warned": _DELIVERY,
    "date_given": _REASON, "date_kept": _REASON,
    "return": _REASON, "resolved": _REASON, "bought_again": _REASON, "scan_to_money": _REASON, "money_back": _REASON,
    "return_cost": _REASON, "dock_to_stock": _REASON, "disposed": ("country", "sku", "reason"),
    "refund_limit": _REASON, "refund_in_time": _REASON, "refund": _REASON, "refund_trouble": _REASON,
    "question_open": _REASON, "question_settled": _REASON, "feedback": ("country",), "effort_part": _REASON,
}  # fmt: skip
"""By which dimensions facts of a kind can be told apart."""


def _share(count: int, of: int) -> Reading:
    return Reading(100 * count / of if of > 0 else None, count, of)


def _late_share(sums: Sums) -> Reading:
    limits = sums.times("refund_limit")
    return _share(limits - sums.times("refund_in_time"), limits)


def _retained(sums: Sums) -> Reading:
    """In the currency in which most goes back: amounts of several cannot be added."""
    currencies = sums.currencies("money_back")
    currency = max(sorted(currencies), key=lambda one: sums.value("money_back", one), default="")
    kept, back = sums.value("money_back", currency, "credit", "exchange"), sums.value("money_back", currency)
    return replace(_share(kept, back), currency=currency)


def _cost_per_return(sums: Sums) -> Reading:
    """In the currency of most returns."""
    returns = sums.times_by_currency("return")
    currency = max(sorted(returns), key=lambda one: returns[one], default="")
    cost, of = sums.value("return_cost", currency), returns.get(currency, 0)
    return Reading(cost / of if of > 0 else None, cost, of, currency)


def _warned(sums: Sums) -> Reading:
    return _share(sums.times("warned"), sums.times("promised") - sums.times("on_time"))


def _mean(sums: Sums, kind: FactKind, *reasons: str) -> Reading:
    steps = sums.steps(kind, *reasons)
    count, total = sum(times for _, times in steps), sum(step * times for step, times in steps)
    return Reading(total / count if count > 0 else None, total, count)


def _median(sums: Sums, kind: FactKind) -> Reading:
    """The lower one of the two in the middle."""
    steps = sums.steps(kind)
    of = sum(times for _, times in steps)
    passed = 0
    for step, times in steps:
        passed += times
        if 2 * passed >= of > 0:
            return Reading(float(step), of, of)
    return Reading(None, 0, 0)


def _nps(sums: Sums) -> Reading:
    steps = sums.steps("feedback", "nps")
    of = sum(times for _, times in steps)
    net = sum(times for step, times in steps if step >= 9) - sum(times for step, times in steps if step <= 6)
    return _share(net, of)


def _uplift(sums: Sums) -> Reading:
    """By how many points more choose store credit where a bonus is in sight than where none is."""
    shares = []
    for in_sight in (1, 0):
        of = sum(times for step, times in sums.steps("return") if step == in_sight)
        credit = sum(times for step, times in sums.steps("return", "store_credit") if step == in_sight)
        shares.append(_share(credit, of))
    with_bonus, without = shares
    value = None if with_bonus.value is None or without.value is None else with_bonus.value - without.value
    return Reading(value, with_bonus.count, with_bonus.of)


def _ratio(name: Name, better: Better, main: FactKind, over: FactKind) -> Kpi:
    return Kpi(name, "percent", better, main, over, lambda sums: _share(sums.times(main), sums.times(over)))


def _views(sums: Sums) -> Reading:
    views, orders = sums.times("page_view"), sums.times("order")
    return Reading(views / orders if orders > 0 else None, views, orders)


KPIS: tuple[Kpi, ...] = (
    _ratio("on_time", "more", "on_time", "promised"),
    _ratio("promise_kept", "more", "date_kept", "date_given"),
    Kpi("told_before_it_broke", "percent", "more", "warned", "promised", _warned),
    Kpi("lead_time", "seconds", "more", "warned", "warned", lambda sums: _median(sums, "warned")),
    Kpi("views_per_order", "per_order", "less", "page_view", "order", _views),
    _ratio("return_rate", "less", "unit_returned", "unit_sold"),
    Kpi("cost_per_return", "money", "less", "return_cost", "return", _cost_per_return, own=("reason",)),
    Kpi("retained_revenue", "percent", "more", "money_back", "money_back", _retained),
    Kpi(
        "scan_to_money",
        "seconds",
        "less",
        "scan_to_money",
        "scan_to_money",
        lambda s: _median(s, "scan_to_money"),
    ),
    Kpi(
        "dock_to_stock",
        "seconds",
        "less",
        "dock_to_stock",
        "dock_to_stock",
        lambda s: _median(s, "dock_to_stock"),
    ),
    _ratio("manual_touch", "less", "touched", "order"),
    Kpi(
        "time_to_settle",
        "seconds",
        "less",
        "question_settled",
        "question_settled",
        lambda s: _median(s, "question_settled"),
    ),
    Kpi("refund_late", "percent", "less", "refund_limit", "refund_limit", _late_share),
    _ratio("refund_failed", "less", "refund_trouble", "refund"),
    Kpi("csat", "score", "more", "feedback", "feedback", lambda sums: _mean(sums, "feedback", "csat")),
    Kpi("ces", "score", "more", "feedback", "feedback", lambda sums: _mean(sums, "feedback", "ces")),
    Kpi("nps", "nps", "more", "feedback", "feedback", _nps),
    Kpi("effort", "score", "more", "effort", "effort", lambda sums: _mean(sums, "effort")),
    Kpi("bonus_uplift", "points", "more", "return", "return", _uplift),
    _ratio("repurchase", "more", "bought_again", "resolved"),
)

DUE: frozenset[FactKind] = frozenset(
    {"promised", "on_time", "warned", "date_given", "date_kept", "refund_limit", "refund_in_time"}
)
"""Kinds that count on the day on which something is due: they say nothing before that day is over."""

_KINDS = {kind for kpi in KPIS for kind in (kpi.main, kpi.over)} | {"on_time", "refund_in_time"}
KINDS: tuple[FactKind, ...] = tuple(kind for kind in get_args(FactKind) if kind in _KINDS)
"""All kinds from which figures are computed."""


def kinds_by(dimension: Dimension) -> tuple[FactKind, ...]:
    """Those that can be told apart by it: no others are read for its groups."""
    return tuple(kind for kind in KINDS if dimension in BY[kind])
