"""The fates of a delivery. Each is a function of its scene: a promise, and what carrier and shop do when."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from runtime.demo import lives
from runtime.demo.actions import CallOffOrder, OverruleOrder, Step
from runtime.demo.calendar import GRID, on_grid, some_day
from runtime.demo.lives import Life
from runtime.demo.samples import Shape
from runtime.demo.scene import Delivery, Scene, ship

_DAY = timedelta(days=1)
_LOST_DAYS = timedelta(days=10)  # the default policy: silent that long past the promise is presumed lost


def _life(scene: Scene, shape: Shape, parcel: int = 1, after: timedelta = timedelta(0)) -> Life:
    """Labelled some hours after the order, in the afternoon, so that the last mile is a morning's."""
    evening = scene.placed.replace(hour=15, minute=0) + timedelta(minutes=scene.rnd.randint(0, 300)) + after
    start = evening if evening > scene.placed + GRID else evening + _DAY
    return lives.of_shape(shape, scene.number(parcel), start)


def _over(scene: Scene, promise: date, steps: list[Step], *parcels: Life) -> Delivery:
    """A story in which everything arrives."""
    told_by = max(step.at for step in steps)
    delivered = max(life.ended_at for life in parcels)
    timelines = tuple(life.timeline for life in parcels)
    return Delivery(promise, tuple(steps), timelines, told_by, told_by, delivered)


def on_time(scene: Scene) -> Delivery:
    """Delivered at least a day before the promise breaks, so that there is nothing to tell."""
    life = _life(scene, scene.recorded_shape())
    steps = [ship(life, None, scene), *lives.told(life, lambda _: scene.day(life.ended_at))]
    promise = scene.day(steps[-1].at) + _DAY * scene.rnd.randint(1, 2)
    return _over(scene, promise, steps, life)


def late_estimate(scene: Scene) -> Delivery:
    """The carrier itself says early that it will be late, sometimes twice; the customer knows at once."""
    life = _life(scene, scene.any_shape())
    cut = lives.cut_at(scene.rnd, life)
    promise = scene.day(life.scans[cut].at) + 2 * _DAY
    expected = promise + _DAY * scene.rnd.randint(1, 3)
    slip = _DAY * scene.rnd.choice((0, 0, 2))
    life = lives.ending(life, cut, _morning(scene, expected + slip))

    def estimate(index: int) -> date:
        return promise if index < cut else expected if index == cut else expected + slip

    steps = [ship(life, None, scene), *lives.told(life, estimate)]
    if slip:
        again = on_grid(life.scans[cut].at + _DAY)
        steps.append(Step(again, lives.easypost(life, cut, again, expected + slip)))
    return _over(scene, promise, steps, life)


def _morning(scene: Scene, day: date) -> datetime:
    start = scene.placed.replace(hour=8, minute=0)
    return start + (day - start.date()) + timedelta(minutes=scene.rnd.randint(0, 240))


def stalled_silent(scene: Scene) -> Delivery:
    """Nobody scans it any more; a day before the promise the customer is told. It turns up a day or two late."""
    life = _life(scene, scene.any_shape())
    cut = lives.cut_at(scene.rnd, life)
    promise = scene.day(life.scans[cut].at) + _DAY * scene.rnd.randint(2, 3)
    again = scene.due(promise) + timedelta(hours=scene.rnd.randint(4, 30))
    life = lives.resumed(life, cut, again)
    return _over(scene, promise, [ship(life, None, scene), *lives.told(life)], life)


def trouble(scene: Scene) -> Delivery:
    """An exception on the way, told when it is scanned; then it is delivered late."""
    life = _life(scene, scene.any_shape())
    cut = lives.cut_at(scene.rnd, life)
    promise = scene.day(life.scans[cut].at) + 3 * _DAY
    due = scene.due(promise)
    life = lives.resumed(life, cut, due + timedelta(hours=scene.rnd.randint(4, 24)))
    life = lives.troubled(scene.rnd, life, cut, due - timedelta(hours=scene.rnd.randint(34, 60)))
    return _over(scene, promise, [ship(life, None, scene), *lives.told(life)], life)


def not_shipped_late(scene: Scene) -> Delivery:
    """The shop itself is late: told a day before, shipped around the promise with a new promise, then on time."""
    promise = scene.day(scene.placed) + 4 * _DAY
    start = scene.due(promise) + timedelta(hours=scene.rnd.randint(-9, 12))
    life = lives.of_shape(scene.recorded_shape(), scene.number(), start)
    told = lives.told(life, lambda _: scene.day(life.ended_at))
    anew = scene.day(told[-1].at) + _DAY
    return _over(scene, promise, [ship(life, None, scene, anew), *told], life)


def two_parcels(scene: Scene) -> Delivery:
    """The lines travel in two parcels, the second a day later; sometimes the carrier says that it will be late."""
    numbers = [str(number) for number in range(1, len(scene.basket.lines) + 1)]
    split = scene.rnd.randint(1, len(numbers) - 1)
    first = _life(scene, scene.recorded_shape())
    second = _life(scene, scene.any_shape(), parcel=2, after=_DAY)
    arrives = scene.day(on_grid(second.ended_at))
    late = scene.rnd.random() < 0.5
    promise = scene.day(on_grid(first.ended_at)) + _DAY if late else arrives + _DAY
    expected = max(arrives, promise + 2 * _DAY) if late else arrives
    if late:
        cut = next(index for index, scan in enumerate(second.scans) if scan.moving)
        second = lives.ending(second, cut, _morning(scene, expected))
    steps = [ship(first, numbers[:split], scene), ship(second, numbers[split:], scene)]
    steps += lives.told(first, lambda _: scene.day(first.ended_at)) + lives.told(second, lambda _: expected)
    return _over(scene, promise, steps, first, second)


def shuffled_easypost(scene: Scene) -> Delivery:
    """Every event comes twice and late, the first of the road after the last; nothing is told that is not so."""
    life = _life(scene, scene.recorded_shape())
    last = len(life.scans) - 1
    steps = [ship(life, None, scene)]
    for index, scan in enumerate(life.scans):
        for copy in range(2):
            arrival = on_grid(scan.at + timedelta(hours=scene.rnd.randint(0, 9) + 6 * copy))
            steps.append(Step(arrival, lives.easypost(life, index, on_grid(scan.at), None)))
    swap = on_grid(life.ended_at) + 6 * GRID
    steps.append(
        Step(swap, lives.easypost(life, last // 2, on_grid(life.scans[last // 2].at), None, copies=2))
    )
    promise = scene.day(max(step.at for step in steps)) + _DAY
    return _over(scene, promise, steps, life)


def shuffled_generic(scene: Scene) -> Delivery:
    """Scans one by one from a sender of Standard Webhooks: before the parcel is known, out of order and doubled."""
    life = _life(scene, scene.recorded_shape())
    parked = Step(life.shipped_at, lives.generic(life, 0, life.shipped_at, copies=2))
    steps = [parked, Step(life.shipped_at + GRID, ship(life, None, scene).do)]
    order = list(range(1, len(life.scans)))
    scene.rnd.shuffle(order)
    at = on_grid(life.ended_at)
    for place, index in enumerate(order):
        steps.append(Step(at + GRID * (place // 3), lives.generic(life, index, at, copies=1 + place % 2)))
    promise = scene.day(steps[-1].at) + _DAY
    return _over(scene, promise, steps, life)


def false_alarm(scene: Scene) -> Delivery:
    """Delivered in time, but the carrier tells only after silence became news: one notice, one correction."""
    life = _life(scene, scene.recorded_shape())
    heard = max(
        index for index, scan in enumerate(life.scans) if scan.at <= life.ended_at - timedelta(hours=12)
    )
    promise = scene.day(life.ended_at) + _DAY
    told_at = max(scene.due(promise) - _DAY, life.scans[heard].at + _DAY)
    late = on_grid(told_at + timedelta(hours=scene.rnd.randint(2, 8)))
    before = lives.told(lives.stopped(life, heard))
    after = Step(late, lives.easypost(life, len(life.scans) - 1, late, None))
    return _over(scene, promise, [ship(life, None, scene), *before, after], life)


def lost(scene: Scene) -> Delivery:
    """Silent for ever: told, presumed lost ten days after the promise, paid back by an agent or by default."""
    life = _life(scene, scene.any_shape())
    cut = lives.cut_at(scene.rnd, life)
    promise = scene.day(life.scans[cut].at) + 2 * _DAY
    life = lives.stopped(life, cut)
    presumed = scene.due(promise) + _LOST_DAYS
    steps = [ship(life, None, scene), *lives.told(life)]
    if scene.rnd.random() < 0.6:
        body = {"override": "mark_lost", "parcel": "p1", "because": "The carrier cannot find it."}
        steps.append(Step(some_day(scene.rnd, presumed, 1, 2), OverruleOrder("senior_agent", body)))
    return Delivery(promise, tuple(steps), (life.timeline,), presumed + 4 * _DAY)


def called_off(scene: Scene) -> Delivery:
    """The customer changes their mind before anything is packed."""
    at = on_grid(scene.placed + timedelta(hours=scene.rnd.randint(2, 9)))
    return Delivery(scene.day(scene.placed) + 5 * _DAY, (Step(at, CallOffOrder()),), (), at)


DELIVERIES: dict[str, Callable[[Scene], Delivery]] = {
    "on_time": on_time,
    "late_estimate": late_estimate,
    "stalled_silent": stalled_silent,
    "trouble": trouble,
    "not_shipped_late": not_shipped_late,
    "two_parcels": two_parcels,
    "shuffled_doubled": shuffled_easypost,
    "shuffled_doubled_generic": shuffled_generic,
    "false_alarm": false_alarm,
    "lost": lost,
    "called_off": called_off,
}
