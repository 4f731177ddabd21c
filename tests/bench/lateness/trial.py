"""The learned estimate compared with the rule: precision gained, recall kept, and its confidence interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.bench.lateness.walk import Verdict

_RESAMPLES = 2000
GAIN, RECALL, LEADS_NEEDED = 0.03, 0.90, 2  # the bar; its interval must not reach below zero


@dataclass(frozen=True)
class Trial:
    """One lead time after one cut. `gain`: precision over the rule's, `low` to `high` with 95 %.

    `hindsight`: the most that any threshold gains at the wanted recall, chosen afterwards: no estimate can have that.
    """

    hours: int
    at_risk: int
    late: int
    rule: float
    recall: float
    gain: float
    low: float
    high: float
    hindsight: float

    @property
    def passes(self) -> bool:
        return self.gain >= GAIN and self.recall >= RECALL and self.low > 0


def trial(hours: int, verdicts: Sequence[Verdict], seed: int = 1) -> Trial:
    """Score the verdicts; deterministic."""
    rnd = Random(f"lateness/{hours}/{seed}")
    drawn = sorted(_gain(rnd.choices(verdicts, k=len(verdicts))) for _ in range(_RESAMPLES))
    late = sum(verdict.parcel.late for verdict in verdicts)
    kept = sum(verdict.parcel.late for verdict in verdicts if verdict.flagged)
    return Trial(
        hours=hours,
        at_risk=len(verdicts),
        late=late,
        rule=late / len(verdicts),
        recall=kept / late,
        gain=_gain(verdicts),
        low=drawn[round(0.025 * _RESAMPLES)],
        high=drawn[round(0.975 * _RESAMPLES) - 1],
        hindsight=best_gain(verdicts),
    )


def _gain(verdicts: Sequence[Verdict]) -> float:
    flagged = [verdict.parcel.late for verdict in verdicts if verdict.flagged]
    rule = sum(verdict.parcel.late for verdict in verdicts) / len(verdicts)
    return sum(flagged) / len(flagged) - rule if flagged else 0.0


def best_gain(verdicts: Sequence[Verdict]) -> float:
    """The most precision over the rule's that any threshold brings at the wanted recall."""
    late = sum(verdict.parcel.late for verdict in verdicts)
    chances = sorted((verdict.chance for verdict in verdicts if verdict.parcel.late), reverse=True)
    thresholds = chances[math.ceil(RECALL * late) - 1 :]
    best = 0.0
    for threshold in set(thresholds):
        flagged = [verdict.parcel.late for verdict in verdicts if verdict.chance >= threshold]
        best = max(best, sum(flagged) / len(flagged) - late / len(verdicts))
    return best
