"""The fault programme of payments: 22 faults × {full, partial, multi-tender} × 10 seeds × 3 providers.

`python -m tests.chaos.payments [--fault NAME…] [--provider NAME…] [--seeds N…] [--sample] [--json FILE]`
`python -m tests.chaos.payments --points [NAME…] [--seeds N…]`: twelve crash points around one refund × 3 providers
`python -m tests.chaos.payments --race 50 [--seeds N…]`: so many clients about one payment at one moment

In the cases with an odd seed the worker is killed at random failpoints while the refunds are in flight. Prints a table of
fault and provider, and each case that is wrong. Exit code 1 when one is.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.payments.books import PROVIDERS
from tests.chaos.payments.cases import Case
from tests.chaos.payments.crash_points import POINTS, run_points
from tests.chaos.payments.faults import FAULTS
from tests.chaos.payments.races import run_races
from tests.chaos.payments.run import programme, run_faults

_OUTCOMES = ("settled", "failed with a question", "credited", "nothing owed")
_SAMPLE = ("timeout after success", "key forgotten after 24 h", "more than remaining")


def table(cases: Sequence[Case], providers: Sequence[str]) -> str:
    """Of each fault and provider: right cases of all, and how they ended (settled, with a question, credited)."""
    lines = [f"{'':26}" + "".join(f"{provider:>22}" for provider in providers)]
    for fault in dict.fromkeys(case.fault for case in cases):
        cells = []
        for provider in providers:
            own = [case for case in cases if (case.fault, case.stand_in.name) == (fault, provider)]
            ends = Counter(case.outcome for case in own if not case.broken)
            right = sum(not case.broken for case in own)
            parts = "/".join(str(ends[one]) for one in _OUTCOMES[:3])
            cells.append(f"{right}/{len(own)} ({parts})")
        lines.append(f"{fault:26}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def _report(cases: Sequence[Case], kills: bool, seconds: float) -> None:
    wrong = [case for case in cases if case.broken]
    how = "with kills" if kills else "calm"
    sys.stderr.write(f"{how}: {len(cases) - len(wrong)} of {len(cases)} right, {seconds:.0f} s\n")
    for case in sorted(wrong, key=lambda case: case.name):
        sys.stderr.write(f"  WRONG {case.name} ({case.order}): {case.broken}\n")
    sys.stderr.flush()


def _report_point(case: Case) -> None:
    sys.stderr.write(f"WRONG {case.name} ({case.order}): {case.broken}\n" if case.broken else ".")
    sys.stderr.flush()


async def _main(options: argparse.Namespace) -> int:
    folder = Path(tempfile.mkdtemp(prefix="smot-payments-"))
    faults = options.fault or [one.name for one in FAULTS]
    seeds = options.seeds
    if options.sample:
        faults, seeds = list(_SAMPLE), [0, 1]
    began = time.monotonic()
    async with programme(folder, options.provider) as there:
        if options.race:
            await run_races(there, options.race, seeds, _report_point)
        elif options.points is None:
            await run_faults(there, faults, seeds, _report)
        else:
            await run_points(there, options.points or POINTS, seeds, _report_point)
        await there.stack.until_idle()
        verified = await there.stack.run_verify()
        kills = there.kills
        cases = there.done
    wrong = [case for case in cases if case.broken]
    sys.stdout.write(table(cases, options.provider) + "\n")
    sys.stdout.write(
        f"{len(cases) - len(wrong)} of {len(cases)} cases right in {time.monotonic() - began:.0f} s; processes killed "
        f"{kills.total()} times {dict(kills)}; verify: {len(verified.broken)} broken\n"
    )
    for one in verified.broken[:20]:
        sys.stdout.write(f"verify {one.invariant} {one.message}\n")
    sys.stdout.write(f"logs: {folder}\n" if wrong or verified.broken else "")
    if options.json:
        shown = [{"case": case.name, "outcome": case.outcome, "broken": case.broken} for case in cases]
        options.json.write_text(json.dumps(shown, indent=1))
    return 1 if wrong or verified.broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fault", nargs="*", default=[], choices=[one.name for one in FAULTS])
    parser.add_argument("--provider", nargs="*", default=list(PROVIDERS), choices=PROVIDERS)
    parser.add_argument("--seeds", nargs="*", type=int, default=list(range(10)))
    parser.add_argument("--points", nargs="*", choices=POINTS, help="crash points around one refund instead")
    parser.add_argument("--race", type=int, help="so many clients about one payment at one moment instead")
    parser.add_argument("--sample", action="store_true", help="the cases that every change has to pass")
    parser.add_argument("--json", type=Path, help="write all outcomes there")
    return asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
