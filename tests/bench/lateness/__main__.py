"""`python -m tests.bench.lateness FILE…`: the trial on files of the Olist data set, as tables, and whether it is passed."""

import sys
from datetime import date
from pathlib import Path

from tests.bench.lateness.ceiling import fitted
from tests.bench.lateness.parcels import read
from tests.bench.lateness.trial import LEADS_NEEDED, Trial, best_gain, trial
from tests.bench.lateness.walk import LEADS, Verdict, walk

CUTS = (date(2017, 9, 1), date(2018, 1, 1))
Verdicts = dict[int, list[Verdict]]


def main(files: list[str]) -> None:
    for name in files:
        parcels = read(Path(name))
        print(f"\n{Path(name).name}: {len(parcels)} parcels")
        rolling = walk(parcels)
        _report("learning on, every week", {cut: _trials(_after(cut, rolling)) for cut in CUTS})
        frozen = {cut: _trials(_after(cut, walk(parcels, cut))) for cut in CUTS}
        _report("learnt before the cut only", frozen)
        _ceiling({cut: _after(cut, rolling) for cut in CUTS})


def _after(cut: date, verdicts: Verdicts) -> Verdicts:
    """Those on parcels approved from the cut on whose arrival is known."""
    return {
        hours: [one for one in found if one.parcel.approved >= cut and one.parcel.delivered]
        for hours, found in verdicts.items()
    }


def _trials(verdicts: Verdicts) -> list[Trial]:
    return [trial(hours, verdicts_) for hours, verdicts_ in verdicts.items()]


def _report(title: str, trials: dict[date, list[Trial]]) -> None:
    print(title)
    print("  cut         lead   at risk  late  rule   learned  gain (95 %)               recall  hindsight")
    for cut, trials_ in trials.items():
        for one in trials_:
            interval = f"{one.gain:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
            print(
                f"  {cut}  {one.hours:>3} h  {one.at_risk:>7}  {one.late:>4}  {one.rule:.3f}  {one.rule + one.gain:.3f}"
                f"    {interval:<25} {one.recall:.3f}   {one.hindsight:+.3f}{'  passes' if one.passes else ''}"
            )
    passed = set.intersection(*({one.hours for one in trials_ if one.passes} for trials_ in trials.values()))
    verdict = "passed" if len(passed) >= LEADS_NEEDED else "not passed"
    print(f"  {verdict}: {len(passed)} lead times on both cuts, {LEADS_NEEDED} are needed")


def _ceiling(after: dict[date, Verdicts]) -> None:
    """The gain of a regression that was fitted to the answers."""
    print("fitted to the answers, best threshold: gain")
    for cut, verdicts in after.items():
        gains = (f"{hours} h {best_gain(fitted(verdicts[hours], hours)):+.3f}" for hours in LEADS)
        print(f"  {cut}  {', '.join(gains)}")


if __name__ == "__main__":
    main(sys.argv[1:])
