"""Which acceptance scenario is covered by which tests: `python -m tests.scenario_table` writes docs/scenarios.md."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "scenarios.md"
_HEAD = """# Acceptance scenarios and the tests that play them

Written by `python -m tests.scenario_table` from the marks in `tests/`; a test compares.

| scenario | the test says | where |
|---|---|---|
"""


def covered() -> dict[str, list[tuple[str, str]]]:
    """Per scenario id the (test name, file) pairs that are marked with it."""
    tests: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for scenario in _marks(node.decorator_list):
                    tests[scenario].append((node.name, str(file.relative_to(ROOT))))
    return tests


def _marks(decorators: list[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.scenario":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


def table() -> str:
    rows = [
        f"| {scenario} | {name.removeprefix('test_').replace('_', ' ')} | `{file}` |"
        for scenario, tests in sorted(covered().items(), key=lambda item: int(item[0].removeprefix("S-")))
        for name, file in tests
    ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(table())
