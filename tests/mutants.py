"""What became of the mutants of the last `make mutants`, by module: `python -m tests.mutants`, with `--diff` also each survivor.

A mutant is a copy of a function with one change. It is killed by a test that fails, or by the types, as `make lint` checks them.
"""

import ast
import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("mutants")
OUTCOMES = {
    0: "survived", 1: "killed", 3: "killed", 33: "untested", 37: "types", 24: "endless", 36: "endless", 152: "endless",
    255: "endless", -24: "endless", None: "not run",
}  # fmt: skip
"""By the exit code that mutmut keeps. `endless`: the tests were stopped, as they took many times as long as usual."""
COLUMNS = ("killed", "types", "endless", "survived", "untested", "not run")


def outcomes(file: Path) -> dict[str, str]:
    """What became of each mutant of a module."""
    codes: dict[str, int | None] = json.loads(file.read_text())["exit_code_by_key"]
    return {name: OUTCOMES.get(code, f"exit {code}") for name, code in codes.items()}


def table() -> Iterator[str]:
    """A row a module, and one of all."""
    yield "| module | " + " | ".join(("mutants", *COLUMNS)) + " |"
    yield "|---" * (len(COLUMNS) + 2) + "|"
    whole = Counter[str]()
    for file in sorted(FOLDER.rglob("*.meta")):
        found = Counter(outcomes(file).values())
        if found:
            whole += found
            yield _row(f"`{file.relative_to(FOLDER).with_suffix('')}`", found)
    yield _row("all", whole)


def _row(name: str, found: Counter[str]) -> str:
    return (
        f"| {name} | " + " | ".join(str(one) for one in (found.total(), *(found[c] for c in COLUMNS))) + " |"
    )


def survivors() -> Iterator[str]:
    """Each mutant that no test and no type notices, with what it changes."""
    for file in sorted(FOLDER.rglob("*.meta")):
        names = [name for name, outcome in outcomes(file).items() if outcome in ("survived", "untested")]
        functions = _functions(file.with_suffix("")) if names else {}
        for name in names:
            short = name.rpartition(".")[2]
            original = functions.get(short.rpartition("_")[0] + "_orig", [])
            yield name
            changes = difflib.unified_diff(original, functions.get(short, []), lineterm="", n=0)
            yield from (
                f"    {line}" for line in list(changes)[2:] if line[0] in "+-" and "def x" not in line
            )


def _functions(module: Path) -> dict[str, list[str]]:
    text = module.read_text()
    nodes = (
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {node.name: text.splitlines()[node.lineno - 1 : node.end_lineno] for node in nodes}


if __name__ == "__main__":
    sys.stdout.write("\n".join([*table(), *(survivors() if "--diff" in sys.argv else ()), ""]))
