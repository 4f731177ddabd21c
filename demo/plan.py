"""The whole play from a seed: pure, so that the same seed is the same play and another one is another."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.actions import OrderPlan, Step
from demo.calendar import FIRST_INSTANT, on_grid
from demo.delivery_scenarios import DELIVERIES
from demo.order_scenario import REVIEW_ABOVE, DeliveryScenario, OrderScenario, place_step
from demo.return_scenarios import RETURNS, REVIEWED
from demo.samples import Basket, Samples

ALL_SCENARIOS = 25  # orders from which on every kind of story happens
_DAYS_OF_ORDERS = 7
_HOURS = (9, 12, 15, 18)
_CLAIM_PERIOD = timedelta(
    days=30
)  # the default policy: so long the shop may claim a lost parcel from its carrier
_MOST_ITEM = REVIEW_ABOVE // 2  # baskets have something that can go back without a review
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
    "reviewed_by_nobody": 2,
    "refused_late": 1,
    "overridden": 1,
    "expired_unused": 1,
    "cancelled": 1,
    "held": 2,
}
_NEVER_DELIVERED = frozenset({"lost", "order_cancelled"})


@dataclass(frozen=True)
class DemoPlan:
    """What everybody does when. `ends`: by then every order is at rest."""

    seed: int
    merchant: str
    orders: tuple[OrderPlan, ...]
    ends: datetime


def make(seed: int, orders: int, samples: Samples, merchant: str) -> DemoPlan:
    """The play of that many orders. `merchant` is part of every name that has to be unique outside.

    With 25 orders or more every kind of story happens at least once: at least 3 delays that are told before the
    promise breaks and at least 8 returns that are opened. Raises ValueError for less than one order.
    """
    if orders < 1:
        raise ValueError("a play has at least one order")
    rnd = Random(f"smot-demo/{seed}")
    cast = _draw_scenarios(rnd, orders)
    baskets = _BasketDeck(rnd, samples.baskets)
    plans = tuple(
        _order(rnd, samples, merchant, index, baskets.fitting(story, returns), story, returns)
        for index, (story, returns) in enumerate(cast)
    )
    ends = on_grid(max(plan.rests_by for plan in plans))
    return DemoPlan(seed, merchant, plans, ends)


def _draw_scenarios(rnd: Random, orders: int) -> list[tuple[str, str]]:
    """Who meets which fate: the guaranteed ones first, drawn ones for the rest, all in an order of chance."""
    cast = list(_GUARANTEED_SCENARIOS[:orders])
    while len(cast) < orders:
        [story] = rnd.choices(list(_MORE_DELIVERIES), list(_MORE_DELIVERIES.values()))
        [returns] = rnd.choices(list(_MORE_RETURNS), list(_MORE_RETURNS.values()))
        cast.append((story, "none" if story in _NEVER_DELIVERED else returns))
    rnd.shuffle(cast)
    return cast


class _BasketDeck:
    """Deals baskets, each once until there are no more that fit."""

    def __init__(self, rnd: Random, baskets: tuple[Basket, ...]) -> None:
        self._rnd = rnd
        self._all = list(baskets)
        self._left = rnd.sample(self._all, len(self._all))
        self._dealt: dict[str, int] = {}

    def fitting(self, scenario: str, returns: str) -> tuple[Basket, str]:
        """A basket for that story and the shop's name for the order: its invoice, with a suffix when dealt again."""
        fit = [basket for basket in self._left if _fits(basket, scenario, returns)]
        if fit:
            basket = fit[0]
            self._left.remove(basket)
        else:
            again = [basket for basket in self._all if _fits(basket, scenario, returns)]
            if not again:
                raise ValueError(f"no basket fits {scenario}, {returns}")
            basket = self._rnd.choice(again)
        times = self._dealt[basket.invoice] = self._dealt.get(basket.invoice, 0) + 1
        return basket, f"#{basket.invoice}" if times == 1 else f"#{basket.invoice}/{times}"


def _fits(basket: Basket, scenario: str, returns: str) -> bool:
    if scenario == "two_parcels" and len(basket.lines) < 2:
        return False
    if returns in REVIEWED:
        return basket.value > REVIEW_ABOVE
    return min(line.unit_price for line in basket.lines) <= _MOST_ITEM


def _order(
    rnd: Random,
    samples: Samples,
    merchant: str,
    index: int,
    dealt: tuple[Basket, str],
    scenario: str,
    returns: str,
) -> OrderPlan:
    basket, order_id = dealt
    placed = FIRST_INSTANT.replace(hour=rnd.choice(_HOURS)) + timedelta(days=rnd.randrange(_DAYS_OF_ORDERS))
    tag = f"{merchant}-{index + 1:03d}"
    scene = OrderScenario(rnd, samples, basket, order_id, tag, placed, returns == "refused_final_sale")
    delivery = DELIVERIES[scenario](scene)
    steps = [
        place_step(scene, delivery.promise, pay_in_two=rnd.random() < 0.2),
        *delivery.steps,
        *RETURNS[returns](scene, delivery),
    ]
    steps.sort(key=lambda step: step.at)
    due = scene.due(delivery.promise)
    rests_by = _rests_by(scene, delivery, steps)
    return OrderPlan(order_id, scenario, returns, delivery.timelines, due, tuple(steps), rests_by)


def _rests_by(scenario: OrderScenario, delivery: DeliveryScenario, steps: list[Step]) -> datetime:
    """When the window is over and everybody has done their part."""
    known = [delivery.ends_at, *(step.at for step in steps)]
    if delivery.delivered_at is not None:
        known.append(scenario.window_end(delivery.delivered_at))
    else:
        known.append(delivery.ends_at + _CLAIM_PERIOD)
    return max(known) + timedelta(hours=3)
