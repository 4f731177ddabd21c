"""The crash matrix: points × targets × seeds, each a separate case. `make chaos`, or a part of it:

`python -m tests.chaos.matrix --points mail-accepted pay… --targets worker --seeds 0 3 --jobs 2 [--sample] [--json FILE]`

Without arguments 12 points × 5 targets × 5 seeds. Prints a line per failed case, with the command that repeats it, and
the table of all. Exit code 1 when one is not clean.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from failpoints.catalogue import CRASH_POINTS
from tests.chaos.case_runner import CaseResult, CaseRunner
from tests.chaos.cases import SEEDS, CrashCase, cases, sample
from tests.chaos.stack import TARGETS


async def run_all(chosen: list[CrashCase], jobs: int) -> list[CaseResult]:
    """Distribute the cases to so many processes, each with its own stack."""
    left = list(reversed(chosen))
    done: list[CaseResult] = []
    began = time.monotonic()

    async def job() -> None:
        argv = (sys.executable, "-m", "tests.chaos.matrix", "--serve-cases")
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        while left:
            case = left.pop()
            process.stdin.write(case.name.encode() + b"\n")
            line = await process.stdout.readline()
            if not line:
                raise RuntimeError(f"the player ended during {case}")
            done.append(CaseResult.model_validate_json(line))
            _report(done[-1], len(done), len(chosen), began)
        process.stdin.close()
        await process.wait()

    await asyncio.gather(*(job() for _ in range(min(jobs, len(chosen)))))
    return done


async def serve_cases() -> None:
    """What such a process does: reads a case's name per line, prints its result per line."""
    folder = Path(tempfile.mkdtemp(prefix="smot-chaos-"))
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Temporal's library writes there, too, when a server is down.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    async with CaseRunner(folder) as runner:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            point, target, seed = line.decode().strip().split("/")
            [case] = cases((point,), (target,), (int(seed),))  # type: ignore[arg-type]
            verdict = await runner.run_case(case)
            output.write(verdict.model_dump_json() + "\n")
            output.flush()


def _report(verdict: CaseResult, done: int, of: int, began: float) -> None:
    if verdict.broken:
        sys.stderr.write(f"\nBROKEN {verdict.description}\n{verdict.broken}\nagain: {verdict.command}\n\n")
    if verdict.broken or done % 10 == 0 or done == of:
        sys.stderr.write(f"{done} of {of} runs, {time.monotonic() - began:.0f} s\n")
    sys.stderr.flush()


def table(verdicts: list[CaseResult]) -> str:
    """Clean cases of all cases, per crash point and target."""
    runs: Counter[tuple[str, str]] = Counter()
    clean: Counter[tuple[str, str]] = Counter()
    for verdict in verdicts:
        point, target, _ = verdict.name.split("/")
        runs[point, target] += 1
        clean[point, target] += not verdict.broken
    lines = [f"{'':24}" + "".join(f"{target:>12}" for target in TARGETS)]
    for point in CRASH_POINTS:
        cells = [(clean[point.name, target], runs[point.name, target]) for target in TARGETS]
        if any(of for _, of in cells):
            row = "".join(f"{f'{ok}/{of}' if of else '-':>12}" for ok, of in cells)
            lines.append(f"{point.name:24}{row}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", nargs="*", default=[], choices=[point.name for point in CRASH_POINTS])
    parser.add_argument("--targets", nargs="*", default=list(TARGETS), choices=TARGETS)
    parser.add_argument("--seeds", nargs="*", type=int, default=list(range(SEEDS)))
    parser.add_argument("--jobs", type=int, default=2, help="stacks beside each other")
    parser.add_argument("--sample", action="store_true", help="the runs that every change has to pass")
    parser.add_argument("--json", type=Path, help="write all verdicts there")
    parser.add_argument("--serve-cases", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve_cases:
        asyncio.run(serve_cases())
        return 0
    chosen = (
        sample()
        if options.sample
        else cases(tuple(options.points), tuple(options.targets), tuple(options.seeds))
    )
    began = time.monotonic()
    verdicts = asyncio.run(run_all(chosen, options.jobs))
    broken = [verdict for verdict in verdicts if verdict.broken]
    if options.json:
        options.json.write_text(json.dumps([verdict.model_dump() for verdict in verdicts], indent=1))
    sys.stdout.write(table(verdicts) + "\n")
    slow = max(verdict.seconds for verdict in verdicts)
    sys.stdout.write(
        f"{len(verdicts) - len(broken)} of {len(verdicts)} runs clean in {time.monotonic() - began:.0f} s; the longest took "
        f"{slow:.1f} s; {sum(verdict.repeated for verdict in verdicts)} requests were repeated; parts that fell unstruck: "
        f"{dict(sum((Counter(verdict.unexpected_exits) for verdict in verdicts), Counter()))}\n"
    )
    for one in broken:
        sys.stdout.write(f"again: {one.command}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
