"""The plan of the demo: chooses scenarios, baskets and times from a seed. The same seed gives the same plan."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.actions import OrderPlan, Step
from demo.calendar import FIRST_INSTANT, on_grid
from demo.delivery_scenarios import DELIVERIES
from demo.order_scenario import REVIEW_ABOVE, DeliveryScenario, OrderScenario, place_step
from demo.return_scenarios import RETURNS, REVIEWED
from demo.samples import Basket, Samples

ALL_SCENARIOS = 25  # with so many orders every scenario happens
_DAYS_OF_ORDERS = 7
_HOURS = (9, 12, 15, 18)
# The default policy: how long the shop may claim a lost parcel from its carrier.
_CLAIM_PERIOD = timedelta(days=30)
# At most half of the review limit, so that each basket has a unit that can be returned without a review.
_MAX_CHEAPEST_PRICE = REVIEW_ABOVE // 2
_GUARANTEED_SCENARIOS: tuple[tuple[str, str], ...] = (
    ("on_time", "refunded"),
    ("late_estimate", "refunded"),
    ("stalled_silent", "none"),
    ("on_time", "credited"),
    ("two_parcels", "mailed"),
    ("on_time", "reviewed_approved"),
    ("shuffled_doubled", "none"),
    ("on_time", "refused_late"),
    ("on_time", "overridden"),
    ("on_time", "expired_unused"),
    ("carrier_exception", "credited"),
    ("on_time", "reviewed_refused"),
    ("not_shipped_late", "none"),
    ("on_time", "refused_final_sale"),
    ("shuffled_doubled_generic", "refunded"),
    ("on_time", "cancelled"),
    ("false_alarm", "none"),
    ("lost", "none"),
    ("order_cancelled", "none"),
)
_MORE_DELIVERIES = {
    "on_time": 8,
    "late_estimate": 2,
    "stalled_silent": 2,
    "carrier_exception": 2,
    "two_parcels": 2,
    "not_shipped_late": 1,
    "shuffled_doubled": 1,
    "shuffled_doubled_generic": 1,
    "false_alarm": 1,
    "lost": 1,
    "order_cancelled": 1,
}
_MORE_RETURNS = {
    "none": 5,
    "refunded": 4,
    "credited": 4,
    "mailed": 2,
    "reviewed_approved": 1,
    "reviewed_refused": 1,
    "reviewed_by_default": 2,
    "refused_late": 1,
    "overridden": 1,
    "expired_unused": 1,
    "cancelled": 1,
    "held": 2,
}
_NEVER_DELIVERED = frozenset({"lost", "order_cancelled"})


@dataclass(frozen=True)
class DemoPlan:
    """The plans of all orders of one merchant. `ends`: by then every order is at rest."""

    seed: int
    merchant: str
    orders: tuple[OrderPlan, ...]
    ends: datetime


def make(seed: int, orders: int, samples: Samples, merchant: str) -> DemoPlan:
    """The plan of that many orders. `merchant` is part of every name that must be unique outside.

    With 25 orders or more every scenario happens at least once, with at least 3 delay notices before the promise breaks
    and at least 8 returns that are opened. Raises ValueError for less than one order.
    """
    if orders < 1:
        raise ValueError("a plan has at least one order")
    rnd = Random(f"smot-demo/{seed}")
    chosen = _choose_scenarios(rnd, orders)
    baskets = _BasketChoice(rnd, samples.baskets)
    plans = []
    for number, (delivery, returns) in enumerate(chosen, 1):
        basket, order_id = baskets.fitting(delivery, returns)
        placed = FIRST_INSTANT.replace(hour=rnd.choice(_HOURS)) + timedelta(
            days=rnd.randrange(_DAYS_OF_ORDERS)
        )
        tag = f"{merchant}-{number:03d}"
        final_sale = returns == "refused_final_sale"
        order = OrderScenario(rnd, samples, basket, order_id, tag, placed, final_sale)
        plans.append(_order_plan(order, delivery, returns))
    ends = on_grid(max(plan.rests_by for plan in plans))
    return DemoPlan(seed, merchant, tuple(plans), ends)


def _choose_scenarios(rnd: Random, orders: int) -> list[tuple[str, str]]:
    """Delivery and return scenario of each order: the guaranteed ones and random ones, in random order."""
    chosen = list(_GUARANTEED_SCENARIOS[:orders])
    while len(chosen) < orders:
        [delivery] = rnd.choices(list(_MORE_DELIVERIES), list(_MORE_DELIVERIES.values()))
        [returns] = rnd.choices(list(_MORE_RETURNS), list(_MORE_RETURNS.values()))
        chosen.append((delivery, "none" if delivery in _NEVER_DELIVERED else returns))
    rnd.shuffle(chosen)
    return chosen


class _BasketChoice:
    """Chooses random baskets, each once as long as one is left that fits."""

    def __init__(self, rnd: Random, baskets: tuple[Basket, ...]) -> None:
        self._rnd = rnd
        self._all = list(baskets)
        self._unused = rnd.sample(self._all, len(self._all))
        self._uses: dict[str, int] = {}

    def fitting(self, scenario: str, returns: str) -> tuple[Basket, str]:
        """A basket for these scenarios, and the order id: its invoice, with a suffix from the second use on."""
        fit = [basket for basket in self._unused if _fits(basket, scenario, returns)]
        if fit:
            basket = fit[0]
            self._unused.remove(basket)
        else:
            used = [basket for basket in self._all if _fits(basket, scenario, returns)]
            if not used:
                raise ValueError(f"no basket fits {scenario}, {returns}")
            basket = self._rnd.choice(used)
        times = self._uses[basket.invoice] = self._uses.get(basket.invoice, 0) + 1
        return basket, f"#{basket.invoice}" if times == 1 else f"#{basket.invoice}/{times}"


def _fits(basket: Basket, scenario: str, returns: str) -> bool:
    if scenario == "two_parcels" and len(basket.lines) < 2:
        return False
    if returns in REVIEWED:
        return basket.value > REVIEW_ABOVE
    return min(line.unit_price for line in basket.lines) <= _MAX_CHEAPEST_PRICE


def _order_plan(order: OrderScenario, scenario: str, returns: str) -> OrderPlan:
    delivery = DELIVERIES[scenario](order)
    steps = [
        place_step(order, delivery.promise, pay_in_two=order.rnd.random() < 0.2),
        *delivery.steps,
        *RETURNS[returns](order, delivery),
    ]
    steps.sort(key=lambda step: step.at)
    return OrderPlan(
        order_id=order.order_id,
        scenario=scenario,
        returns=returns,
        timelines=delivery.timelines,
        due=order.due(delivery.promise),
        steps=tuple(steps),
        rests_by=_rests_by(order, delivery, steps),
    )


def _rests_by(scenario: OrderScenario, delivery: DeliveryScenario, steps: list[Step]) -> datetime:
    """When the return window is over and all steps are done."""
    ends = [delivery.ends_at, *(step.at for step in steps)]
    if delivery.delivered_at is not None:
        ends.append(scenario.window_end(delivery.delivered_at))
    else:
        ends.append(delivery.ends_at + _CLAIM_PERIOD)
    return max(ends) + timedelta(hours=3)
