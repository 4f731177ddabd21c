"""How long processes may take to end: one set of figures, repeated in the files of a deployment and on the operators' page."""

import re
from pathlib import Path

import yaml

from runtime.processes.grace_periods import DRAIN, ORCHESTRATOR, STOP

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text()


def test_an_outer_time_never_cuts_off_an_inner_one() -> None:
    assert DRAIN < STOP < ORCHESTRATOR


def test_the_compose_file_gives_each_process_its_time() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name in ("serve", "worker"):
        assert services[name]["stop_grace_period"] == f"{ORCHESTRATOR:g}s", name
    comment = re.search(
        r"stop_grace_period.*drain \((\d+) s\).*killed \((\d+) s\)", (ROOT / "docker-compose.yml").read_text()
    )
    assert comment is not None
    assert comment.groups() == (f"{DRAIN:g}", f"{STOP:g}")


def test_the_page_for_operators_says_the_same() -> None:
    assert f"({DRAIN:g} s at most)" in PAGE
    assert f"killed after {STOP:g} s" in PAGE
    assert f"Give it {ORCHESTRATOR:g} s" in PAGE
