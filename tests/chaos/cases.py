"""What a run of the crash matrix is: at which moment who is struck, how, and in whose life. All of it follows from its name."""

import random
import signal
from dataclasses import dataclass
from itertools import product

from ports.moments import MOMENTS, PLACES, Moment
from tests.chaos.stack import TARGETS, Target
from tests.chaos.stories import PLANS, STEPS, Step

# During which steps of a life somebody comes to a place.
_HEARD: tuple[Step, ...] = ("scan", "delay", "deliver")
_ASKED: tuple[Step, ...] = ("place", "ship", "open", "drop_off", "receive")
_PAID: tuple[Step, ...] = ("drop_off",)
REACHED: dict[str, tuple[Step, ...]] = {
    "commit.before": (*_ASKED, *_HEARD),
    "commit.persisted": (*_ASKED, *_HEARD),
    "inbox.before": _HEARD,
    "inbox.persisted": _HEARD,
    "inbox.claimed": _HEARD,
    "inbox.signalled": _HEARD,
    "order.persisted": ("place",),
    "order.loaded": ("place",),
    "command.asked": _ASKED,
    "return.judging": ("open",),
    "pay.reserved": _PAID,
    "pay.sent": _PAID,
    "pay.called": _PAID,
    "pay.written": _PAID,
    "pay.posted": _PAID,
    "notice.claimed": ("delay", "open", "drop_off"),
    "mail.accepted": ("delay", "open", "drop_off"),
    "hook.delivered": ("ship", "deliver", "open", "drop_off", "receive"),
    "journey.rolling": ("roll",),
}
_AT_A_PROVIDER = {"pay.sent", "pay.called"}
_MODES = (signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM)
SEEDS = 5


@dataclass(frozen=True)
class Case:
    """One run. `at`: the failpoint; `step`: the step of the life before which it is armed; `plan`: whose life.

    `goes_on_first`: whoever stands at the point goes on before the target is back, else after it. `away`: seconds.
    """

    moment: str
    target: Target
    seed: int
    at: str
    step: Step
    mode: signal.Signals
    plan: str
    goes_on_first: bool
    away: float

    @property
    def name(self) -> str:
        return f"{self.moment}/{self.target}/{self.seed}"

    def command(self) -> str:
        """Repeats this run alone."""
        return (
            f"python -m tests.chaos.matrix --points {self.moment} --targets {self.target} --seeds {self.seed}"
        )

    def __str__(self) -> str:
        order = "goes on first" if self.goes_on_first else "waits for it"
        return f"{self.name} ({self.mode.name} at {self.at} during {self.step} of {self.plan}, {order}, {self.away:.1f} s)"


def case(moment: Moment, target: Target, seed: int) -> Case:
    chance = random.Random(f"{moment.name}/{target}/{seed}")
    at = moment.places[seed % len(moment.places)].point
    mode = _MODES[(seed + TARGETS.index(target)) % len(_MODES)]
    plans = [plan.name for plan in PLANS if plan.at_provider or at not in _AT_A_PROVIDER]
    return Case(
        moment=moment.name,
        target=target,
        seed=seed,
        at=at,
        step=chance.choice(REACHED[at]),
        mode=mode,
        plan=chance.choice(plans),
        goes_on_first=chance.random() < 0.5,
        away=chance.choice((0.5, 2.0, 6.0)) if mode == signal.SIGSTOP else chance.choice((0.0, 0.3, 1.5)),
    )


def cases(points: tuple[str, ...], targets: tuple[Target, ...], seeds: tuple[int, ...]) -> list[Case]:
    """Seed after seed, so that a run cut short has seen every pair. Raises KeyError for an unknown moment."""
    known = {moment.name: moment for moment in MOMENTS}
    chosen = [known[point] for point in points] if points else list(MOMENTS)
    return [case(moment, target, seed) for seed, moment, target in product(seeds, chosen, targets)]


def sample() -> list[Case]:
    """One run in twenty, the same ones always: every moment and every target at least once."""
    every = list(enumerate(MOMENTS))
    first = [case(moment, TARGETS[number % len(TARGETS)], number % SEEDS) for number, moment in every]
    second = [case(moment, TARGETS[(number + 2) % len(TARGETS)], 0) for number, moment in every[::4]]
    return first + second


# Runs that once were not clean: a database that went away was told to callers as a defect of ours; a delivery that had found
# no worker was looked at before it was tried again.
ONCE_BROKEN: tuple[tuple[str, Target, int], ...] = (
    ("before-persist", "postgresql", 1),
    ("continue-as-new", "postgresql", 0),
    ("provider-done", "postgresql", 1),
    ("acked-not-started", "worker", 1),
)


def once_broken() -> list[Case]:
    return [one for moment, target, seed in ONCE_BROKEN for one in cases((moment,), (target,), (seed,))]


assert set(REACHED) == set(PLACES), "a place that no life comes to"
assert {step for steps in REACHED.values() for step in steps} <= set(STEPS)
