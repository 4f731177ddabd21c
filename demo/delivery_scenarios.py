"""The delivery scenarios of the demo. Each is a function of the order that returns the promise and the steps."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from demo import tracking_history
from demo.actions import PostOrderCancellation, PostOrderOverride, Step
from demo.calendar import GRID, on_grid, random_day
from demo.order_scenario import DeliveryScenario, OrderScenario, ship_step
from demo.samples import Shape
from demo.tracking_history import TrackingHistory

_DAY = timedelta(days=1)
# The default policy: a parcel without a scan is presumed lost that long after its promise.
_LOST_DAYS = timedelta(days=10)


def _tracking_history(
    scenario: OrderScenario, shape: Shape, parcel: int = 1, after: timedelta = timedelta(0)
) -> TrackingHistory:
    """A history that starts in the afternoon, some hours after the order, so that the delivery is in a morning."""
    evening = (
        scenario.placed.replace(hour=15, minute=0) + timedelta(minutes=scenario.rnd.randint(0, 300)) + after
    )
    start = evening if evening > scenario.placed + GRID else evening + _DAY
    return tracking_history.of_shape(shape, scenario.number(parcel), start)


def _delivered(
    scenario: OrderScenario, promise: date, steps: list[Step], *parcels: TrackingHistory
) -> DeliveryScenario:
    """The scenario of parcels that are all delivered."""
    received = max(step.at for step in steps)
    delivered = max(history.ended_at for history in parcels)
    timelines = tuple(history.timeline for history in parcels)
    return DeliveryScenario(promise, tuple(steps), timelines, received, received, delivered)


def on_time(scenario: OrderScenario) -> DeliveryScenario:
    """Delivered at least a day before the promise breaks, so that no delay notice is due."""
    history = _tracking_history(scenario, scenario.recorded_shape())
    steps = [
        ship_step(history, None, scenario),
        *tracking_history.easypost_steps(history, lambda _: scenario.day(history.ended_at)),
    ]
    promise = scenario.day(steps[-1].at) + _DAY * scenario.rnd.randint(1, 2)
    return _delivered(scenario, promise, steps, history)


def late_estimate(scenario: OrderScenario) -> DeliveryScenario:
    """The carrier's estimate is after the promise, sometimes twice; a delay notice is sent at once."""
    history = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, history)
    promise = scenario.day(history.scans[cut].at) + 2 * _DAY
    expected = promise + _DAY * scenario.rnd.randint(1, 3)
    slip = _DAY * scenario.rnd.choice((0, 0, 2))
    history = tracking_history.ending_at(history, cut, _morning(scenario, expected + slip))

    def estimate(index: int) -> date:
        return promise if index < cut else expected if index == cut else expected + slip

    steps = [ship_step(history, None, scenario), *tracking_history.easypost_steps(history, estimate)]
    if slip:
        again = on_grid(history.scans[cut].at + _DAY)
        steps.append(Step(again, tracking_history.easypost_webhook(history, cut, again, expected + slip)))
    return _delivered(scenario, promise, steps, history)


def _morning(scenario: OrderScenario, day: date) -> datetime:
    start = scenario.placed.replace(hour=8, minute=0)
    return start + (day - start.date()) + timedelta(minutes=scenario.rnd.randint(0, 240))


def stalled_silent(scenario: OrderScenario) -> DeliveryScenario:
    """Scans stop; a delay notice is sent a day before the promise. The parcel is delivered a day or two late."""
    history = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, history)
    promise = scenario.day(history.scans[cut].at) + _DAY * scenario.rnd.randint(2, 3)
    again = scenario.due(promise) + timedelta(hours=scenario.rnd.randint(4, 30))
    history = tracking_history.resumed(history, cut, again)
    return _delivered(
        scenario,
        promise,
        [ship_step(history, None, scenario), *tracking_history.easypost_steps(history)],
        history,
    )


def carrier_exception(scenario: OrderScenario) -> DeliveryScenario:
    """A scan reports an exception, and a delay notice is sent; then the parcel is delivered late."""
    history = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, history)
    promise = scenario.day(history.scans[cut].at) + 3 * _DAY
    due = scenario.due(promise)
    history = tracking_history.resumed(history, cut, due + timedelta(hours=scenario.rnd.randint(4, 24)))
    history = tracking_history.with_exception(
        scenario.rnd, history, cut, due - timedelta(hours=scenario.rnd.randint(34, 60))
    )
    return _delivered(
        scenario,
        promise,
        [ship_step(history, None, scenario), *tracking_history.easypost_steps(history)],
        history,
    )


def not_shipped_late(scenario: OrderScenario) -> DeliveryScenario:
    """The shop ships late, with a new promise that is kept. A delay notice is sent a day before the first promise."""
    promise = scenario.day(scenario.placed) + 4 * _DAY
    start = scenario.due(promise) + timedelta(hours=scenario.rnd.randint(-9, 12))
    history = tracking_history.of_shape(scenario.recorded_shape(), scenario.number(), start)
    webhooks = tracking_history.easypost_steps(history, lambda _: scenario.day(history.ended_at))
    new_promise = scenario.day(webhooks[-1].at) + _DAY
    shipped = ship_step(history, None, scenario, new_promise)
    return _delivered(scenario, promise, [shipped, *webhooks], history)


def two_parcels(scenario: OrderScenario) -> DeliveryScenario:
    """The lines are shipped in two parcels, the second a day later; sometimes its estimate is after the promise."""
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
    """Every webhook comes twice and late, and one from the middle after the last. No notice may be wrong."""
    history = _tracking_history(scenario, scenario.recorded_shape())
    last = len(history.scans) - 1
    steps = [ship_step(history, None, scenario)]
    for index, scan in enumerate(history.scans):
        for copy in range(2):
            arrival = on_grid(scan.at + timedelta(hours=scenario.rnd.randint(0, 9) + 6 * copy))
            steps.append(
                Step(arrival, tracking_history.easypost_webhook(history, index, on_grid(scan.at), None))
            )
    swap = on_grid(history.ended_at) + 6 * GRID
    steps.append(
        Step(
            swap,
            tracking_history.easypost_webhook(
                history, last // 2, on_grid(history.scans[last // 2].at), None, copies=2
            ),
        )
    )
    promise = scenario.day(max(step.at for step in steps)) + _DAY
    return _delivered(scenario, promise, steps, history)


def shuffled_generic(scenario: OrderScenario) -> DeliveryScenario:
    """A sender of Standard Webhooks reports scans one by one: before the parcel is registered, out of order and twice."""
    history = _tracking_history(scenario, scenario.recorded_shape())
    parked = Step(
        history.shipped_at, tracking_history.generic_webhook(history, 0, history.shipped_at, copies=2)
    )
    steps = [parked, Step(history.shipped_at + GRID, ship_step(history, None, scenario).action)]
    order = list(range(1, len(history.scans)))
    scenario.rnd.shuffle(order)
    at = on_grid(history.ended_at)
    for place, index in enumerate(order):
        steps.append(
            Step(
                at + GRID * (place // 3),
                tracking_history.generic_webhook(history, index, at, copies=1 + place % 2),
            )
        )
    promise = scenario.day(steps[-1].at) + _DAY
    return _delivered(scenario, promise, steps, history)


def false_alarm(scenario: OrderScenario) -> DeliveryScenario:
    """Delivered in time, but the webhook comes only after a delay notice for silence: one notice, one correction."""
    history = _tracking_history(scenario, scenario.recorded_shape())
    reported = max(
        index for index, scan in enumerate(history.scans) if scan.at <= history.ended_at - timedelta(hours=12)
    )
    promise = scenario.day(history.ended_at) + _DAY
    notified_at = max(scenario.due(promise) - _DAY, history.scans[reported].at + _DAY)
    late = on_grid(notified_at + timedelta(hours=scenario.rnd.randint(2, 8)))
    before = tracking_history.easypost_steps(tracking_history.stopped(history, reported))
    after = Step(late, tracking_history.easypost_webhook(history, len(history.scans) - 1, late, None))
    return _delivered(scenario, promise, [ship_step(history, None, scenario), *before, after], history)


def lost(scenario: OrderScenario) -> DeliveryScenario:
    """Scans stop for ever: a delay notice, presumed lost ten days after the promise, refunded by an agent or by default."""
    history = _tracking_history(scenario, scenario.any_shape())
    cut = tracking_history.cut_at(scenario.rnd, history)
    promise = scenario.day(history.scans[cut].at) + 2 * _DAY
    history = tracking_history.stopped(history, cut)
    presumed = scenario.due(promise) + _LOST_DAYS
    steps = [ship_step(history, None, scenario), *tracking_history.easypost_steps(history)]
    if scenario.rnd.random() < 0.6:
        body = {"override": "mark_lost", "parcel": "p1", "reason": "The carrier cannot find it."}
        steps.append(Step(random_day(scenario.rnd, presumed, 1, 2), PostOrderOverride("senior_agent", body)))
    return DeliveryScenario(promise, tuple(steps), (history.timeline,), presumed + 4 * _DAY)


def order_cancelled(scenario: OrderScenario) -> DeliveryScenario:
    """The customer cancels before anything is shipped."""
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
