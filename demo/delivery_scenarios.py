"""The fates of a delivery. Each is a function of its scene: a promise, and what carrier and shop do when."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from demo import tracking_history
from demo.actions import PostOrderCancellation, PostOrderOverride, Step
from demo.calendar import GRID, on_grid, random_day
from demo.order_scenario import DeliveryScenario, OrderScenario, ship_step
from demo.samples import Shape
from demo.tracking_history import TrackingHistory

_DAY = timedelta(days=1)
_LOST_DAYS = timedelta(days=10)  # the default policy: silent that long past the promise is presumed lost


def _tracking_history(
    scenario: OrderScenario, shape: Shape, parcel: int = 1, after: timedelta = timedelta(0)
) -> TrackingHistory:
    """Labelled some hours after the order, in the afternoon, so that the last mile is a morning's."""
    evening = (
        scenario.placed.replace(hour=15, minute=0) + timedelta(minutes=scenario.rnd.randint(0, 300)) + after
    )
    start = evening if evening > scenario.placed + GRID else evening + _DAY
    return tracking_history.of_shape(shape, scenario.number(parcel), start)


def _delivered(
    scenario: OrderScenario, promise: date, steps: list[Step], *parcels: TrackingHistory
) -> DeliveryScenario:
    """A story in which everything arrives."""
    told_by = max(step.at for step in steps)
    delivered = max(life.ended_at for life in parcels)
    timelines = tuple(life.timeline for life in parcels)
    return DeliveryScenario(promise, tuple(steps), timelines, told_by, told_by, delivered)


def on_time(scenario: OrderScenario) -> DeliveryScenario:
    """Delivered at least a day before the promise breaks, so that there is nothing to tell."""
    life = _tracking_history(scenario, scenario.recorded_shape())
    steps = [
        ship_step(life, None, scenario),
        *tracking_history.easypost_steps(life, lambda _: scenario.day(life.ended_at)),
    ]
    promise = scenario.day(steps[-1].at) + _DAY * scenario.rnd.randint(1, 2)
    return _delivered(scenario, promise, steps, life)


def late_estimate(scenario: OrderScenario) -> DeliveryScenario:
    """The carrier itself says early that it will be late, sometimes twice; the customer knows at once."""
    life = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, life)
    promise = scenario.day(life.scans[cut].at) + 2 * _DAY
    expected = promise + _DAY * scenario.rnd.randint(1, 3)
    slip = _DAY * scenario.rnd.choice((0, 0, 2))
    life = tracking_history.ending_at(life, cut, _morning(scenario, expected + slip))

    def estimate(index: int) -> date:
        return promise if index < cut else expected if index == cut else expected + slip

    steps = [ship_step(life, None, scenario), *tracking_history.easypost_steps(life, estimate)]
    if slip:
        again = on_grid(life.scans[cut].at + _DAY)
        steps.append(Step(again, tracking_history.easypost_webhook(life, cut, again, expected + slip)))
    return _delivered(scenario, promise, steps, life)


def _morning(scenario: OrderScenario, day: date) -> datetime:
    start = scenario.placed.replace(hour=8, minute=0)
    return start + (day - start.date()) + timedelta(minutes=scenario.rnd.randint(0, 240))


def stalled_silent(scenario: OrderScenario) -> DeliveryScenario:
    """Nobody scans it any more; a day before the promise the customer is told. It turns up a day or two late."""
    life = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, life)
    promise = scenario.day(life.scans[cut].at) + _DAY * scenario.rnd.randint(2, 3)
    again = scenario.due(promise) + timedelta(hours=scenario.rnd.randint(4, 30))
    life = tracking_history.resumed(life, cut, again)
    return _delivered(
        scenario, promise, [ship_step(life, None, scenario), *tracking_history.easypost_steps(life)], life
    )


def carrier_exception(scenario: OrderScenario) -> DeliveryScenario:
    """An exception on the way, told when it is scanned; then it is delivered late."""
    life = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, life)
    promise = scenario.day(life.scans[cut].at) + 3 * _DAY
    due = scenario.due(promise)
    life = tracking_history.resumed(life, cut, due + timedelta(hours=scenario.rnd.randint(4, 24)))
    life = tracking_history.with_exception(
        scenario.rnd, life, cut, due - timedelta(hours=scenario.rnd.randint(34, 60))
    )
    return _delivered(
        scenario, promise, [ship_step(life, None, scenario), *tracking_history.easypost_steps(life)], life
    )


def not_shipped_late(scenario: OrderScenario) -> DeliveryScenario:
    """The shop itself is late: told a day before, shipped around the promise with a new promise, then on time."""
    promise = scenario.day(scenario.placed) + 4 * _DAY
    start = scenario.due(promise) + timedelta(hours=scenario.rnd.randint(-9, 12))
    life = tracking_history.of_shape(scenario.recorded_shape(), scenario.number(), start)
    told = tracking_history.easypost_steps(life, lambda _: scenario.day(life.ended_at))
    anew = scenario.day(told[-1].at) + _DAY
    return _delivered(scenario, promise, [ship_step(life, None, scenario, anew), *told], life)


def two_parcels(scenario: OrderScenario) -> DeliveryScenario:
    """The lines travel in two parcels, the second a day later; sometimes the carrier says that it will be late."""
    numbers = [str(number) for number in range(1, len(scenario.basket.lines) + 1)]
    split = scenario.rnd.randint(1, len(numbers) - 1)
    first = _tracking_history(scenario, scenario.recorded_shape())
    second = _tracking_history(scenario, scenario.any_shape(), parcel=2, after=_DAY)
    arrives = scenario.day(on_grid(second.ended_at))
    late = scenario.rnd.random() < 0.5
    promise = scenario.day(on_grid(first.ended_at)) + _DAY if late else arrives + _DAY
    expected = max(arrives, promise + 2 * _DAY) if late else arrives
    if late:
        cut = next(index for index, scan in enumerate(second.scans) if scan.moving)
        second = tracking_history.ending_at(second, cut, _morning(scenario, expected))
    steps = [ship_step(first, numbers[:split], scenario), ship_step(second, numbers[split:], scenario)]
    steps += tracking_history.easypost_steps(
        first, lambda _: scenario.day(first.ended_at)
    ) + tracking_history.easypost_steps(second, lambda _: expected)
    return _delivered(scenario, promise, steps, first, second)


def shuffled_easypost(scenario: OrderScenario) -> DeliveryScenario:
    """Every event comes twice and late, the first of the road after the last; nothing is told that is not so."""
    life = _tracking_history(scenario, scenario.recorded_shape())
    last = len(life.scans) - 1
    steps = [ship_step(life, None, scenario)]
    for index, scan in enumerate(life.scans):
        for copy in range(2):
            arrival = on_grid(scan.at + timedelta(hours=scenario.rnd.randint(0, 9) + 6 * copy))
            steps.append(
                Step(arrival, tracking_history.easypost_webhook(life, index, on_grid(scan.at), None))
            )
    swap = on_grid(life.ended_at) + 6 * GRID
    steps.append(
        Step(
            swap,
            tracking_history.easypost_webhook(
                life, last // 2, on_grid(life.scans[last // 2].at), None, copies=2
            ),
        )
    )
    promise = scenario.day(max(step.at for step in steps)) + _DAY
    return _delivered(scenario, promise, steps, life)


def shuffled_generic(scenario: OrderScenario) -> DeliveryScenario:
    """Scans one by one from a sender of Standard Webhooks: before the parcel is known, out of order and doubled."""
    life = _tracking_history(scenario, scenario.recorded_shape())
    parked = Step(life.shipped_at, tracking_history.generic_webhook(life, 0, life.shipped_at, copies=2))
    steps = [parked, Step(life.shipped_at + GRID, ship_step(life, None, scenario).action)]
    order = list(range(1, len(life.scans)))
    scenario.rnd.shuffle(order)
    at = on_grid(life.ended_at)
    for place, index in enumerate(order):
        steps.append(
            Step(
                at + GRID * (place // 3),
                tracking_history.generic_webhook(life, index, at, copies=1 + place % 2),
            )
        )
    promise = scenario.day(steps[-1].at) + _DAY
    return _delivered(scenario, promise, steps, life)


def false_alarm(scenario: OrderScenario) -> DeliveryScenario:
    """Delivered in time, but the carrier tells only after silence became news: one notice, one correction."""
    life = _tracking_history(scenario, scenario.recorded_shape())
    heard = max(
        index for index, scan in enumerate(life.scans) if scan.at <= life.ended_at - timedelta(hours=12)
    )
    promise = scenario.day(life.ended_at) + _DAY
    told_at = max(scenario.due(promise) - _DAY, life.scans[heard].at + _DAY)
    late = on_grid(told_at + timedelta(hours=scenario.rnd.randint(2, 8)))
    before = tracking_history.easypost_steps(tracking_history.stopped(life, heard))
    after = Step(late, tracking_history.easypost_webhook(life, len(life.scans) - 1, late, None))
    return _delivered(scenario, promise, [ship_step(life, None, scenario), *before, after], life)


def lost(scenario: OrderScenario) -> DeliveryScenario:
    """Silent for ever: told, presumed lost ten days after the promise, paid back by an agent or by default."""
    life = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, life)
    promise = scenario.day(life.scans[cut].at) + 2 * _DAY
    life = tracking_history.stopped(life, cut)
    presumed = scenario.due(promise) + _LOST_DAYS
    steps = [ship_step(life, None, scenario), *tracking_history.easypost_steps(life)]
    if scenario.rnd.random() < 0.6:
        body = {"override": "mark_lost", "parcel": "p1", "reason": "The carrier cannot find it."}
        steps.append(Step(random_day(scenario.rnd, presumed, 1, 2), PostOrderOverride("senior_agent", body)))
    return DeliveryScenario(promise, tuple(steps), (life.timeline,), presumed + 4 * _DAY)


def order_cancelled(scenario: OrderScenario) -> DeliveryScenario:
    """The customer changes their mind before anything is packed."""
    at = on_grid(scenario.placed + timedelta(hours=scenario.rnd.randint(2, 9)))
    return DeliveryScenario(
        scenario.day(scenario.placed) + 5 * _DAY, (Step(at, PostOrderCancellation()),), (), at
    )


DELIVERIES: dict[str, Callable[[OrderScenario], DeliveryScenario]] = {
    "on_time": on_time,
    "late_estimate": late_estimate,
    "stalled_silent": stalled_silent,
    "carrier_exception": carrier_exception,
    "not_shipped_late": not_shipped_late,
    "two_parcels": two_parcels,
    "shuffled_doubled": shuffled_easypost,
    "shuffled_doubled_generic": shuffled_generic,
    "false_alarm": false_alarm,
    "lost": lost,
    "order_cancelled": order_cancelled,
}
