"""A case of the crash matrix: crash point, target, how it is killed, and lifecycle. All of it follows from its name."""

import random
import signal
from dataclasses import dataclass
from itertools import product

from failpoints.catalogue import CALL_SITES, CRASH_POINTS, CrashPoint
from tests.chaos.lifecycle_runs import PLANS, STEPS, Step
from tests.chaos.stack import TARGETS, Target

# During which steps of a lifecycle a process reaches a call site.
_ON_TRACKING: tuple[Step, ...] = ("scan", "delay", "deliver")
_ON_COMMANDS: tuple[Step, ...] = ("ship", "open", "drop_off", "receive")
_ON_PAYMENT: tuple[Step, ...] = ("drop_off",)
REACHED: dict[str, tuple[Step, ...]] = {
    "commit.before": (*_ON_COMMANDS, *_ON_TRACKING),
    "commit.persisted": (*_ON_COMMANDS, *_ON_TRACKING),
    "inbox.before": _ON_TRACKING,
    "inbox.persisted": _ON_TRACKING,
    "inbox.claimed": _ON_TRACKING,
    "inbox.signalled": _ON_TRACKING,
    "order.persisted": ("place",),
    "order.started": ("place",),
    "order.loaded": ("late_scan",),
    "command.sent": _ON_COMMANDS,
    "return.validating": ("open",),
    "pay.reserved": _ON_PAYMENT,
    "pay.sent": _ON_PAYMENT,
    "pay.called": _ON_PAYMENT,
    "pay.written": _ON_PAYMENT,
    "pay.posted": _ON_PAYMENT,
    "notice.claimed": ("delay", "open", "drop_off"),
    "mail.accepted": ("delay", "open", "drop_off"),
    "webhook.delivered": ("ship", "deliver", "open", "drop_off", "receive"),
    "journey.continuing_as_new": ("continue_as_new",),
}
_AT_A_PROVIDER = {"pay.sent", "pay.called"}
_MODES = (signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM)
SEEDS = 5


@dataclass(frozen=True)
class CrashCase:
    """One case. `at`: the failpoint; `step`: the step of the lifecycle before which it is armed; `plan`: the lifecycle.

    `resumes_first`: the paused process goes on before the target is back, else after it. `down_seconds`: how long it is down.
    """

    crash_point: str
    target: Target
    seed: int
    at: str
    step: Step
    mode: signal.Signals
    plan: str
    resumes_first: bool
    down_seconds: float

    @property
    def name(self) -> str:
        return f"{self.crash_point}/{self.target}/{self.seed}"

    def command(self) -> str:
        """The command that repeats this case alone."""
        return f"python -m tests.chaos.matrix --points {self.crash_point} --targets {self.target} --seeds {self.seed}"

    def __str__(self) -> str:
        order = "goes on first" if self.resumes_first else "waits for it"
        where = f"{self.mode.name} at {self.at} during {self.step} of {self.plan}"
        return f"{self.name} ({where}, {order}, {self.down_seconds:.1f} s)"


def case(crash_point: CrashPoint, target: Target, seed: int) -> CrashCase:
    chance = random.Random(f"{crash_point.name}/{target}/{seed}")
    at = crash_point.call_sites[seed % len(crash_point.call_sites)].failpoint
    mode = _MODES[(seed + TARGETS.index(target)) % len(_MODES)]
    plans = [plan.name for plan in PLANS if plan.at_provider or at not in _AT_A_PROVIDER]
    return CrashCase(
        crash_point=crash_point.name,
        target=target,
        seed=seed,
        at=at,
        step=chance.choice(REACHED[at]),
        mode=mode,
        plan=chance.choice(plans),
        resumes_first=chance.random() < 0.5,
        down_seconds=chance.choice((0.5, 2.0, 6.0))
        if mode == signal.SIGSTOP
        else chance.choice((0.0, 0.3, 1.5)),
    )


def cases(points: tuple[str, ...], targets: tuple[Target, ...], seeds: tuple[int, ...]) -> list[CrashCase]:
    """Seed after seed, so that an interrupted run has seen every pair. Raises KeyError for an unknown crash point."""
    by_name = {moment.name: moment for moment in CRASH_POINTS}
    chosen = [by_name[point] for point in points] if points else list(CRASH_POINTS)
    return [case(moment, target, seed) for seed, moment, target in product(seeds, chosen, targets)]


def sample() -> list[CrashCase]:
    """One case in twenty, always the same: every crash point and every target at least once."""
    every = list(enumerate(CRASH_POINTS))
    first = [case(point, TARGETS[number % len(TARGETS)], number % SEEDS) for number, point in every]
    second = [case(point, TARGETS[(number + 2) % len(TARGETS)], 0) for number, point in every[::4]]
    return first + second


# Cases that once failed: a lost database was reported to callers as a defect of ours; a delivery that had found
# no worker was looked up before it was retried.
ONCE_BROKEN: tuple[tuple[str, Target, int], ...] = (
    ("before-persist", "postgresql", 1),
    ("continue-as-new", "postgresql", 0),
    ("provider-done", "postgresql", 1),
    ("acked-not-started", "worker", 1),
)


def once_broken() -> list[CrashCase]:
    return [one for point, target, seed in ONCE_BROKEN for one in cases((point,), (target,), (seed,))]


assert set(REACHED) == set(CALL_SITES), "a place that no life comes to"
assert {step for steps in REACHED.values() for step in steps} <= set(STEPS)
