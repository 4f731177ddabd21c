"""The repository itself: generated pages are current, package names collide with none, the command line starts fast."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from domain.model.terms import Policy
from runtime.config.policies import BadPolicy, read_policy
from services.policies.reader import amounts_in_full
from tests.scenario_table import PAGE, ROOT, covered, table

ROOMS = (
    *(
        "domain",
        "ports",
        "store",
        "adapters",
        "activities",
        "workflows",
        "services",
        "api",
        "pages",
        "runtime",
    ),
    *("demo", "replay", "simulators", "failpoints"),
)


def test_the_scenario_table_matches_the_marks() -> None:
    assert PAGE.read_text() == table(), "run: python -m tests.scenario_table"


def test_every_promised_scenario_is_tested() -> None:
    promised = [
        *range(1, 19),
        24,
        *range(26, 29),
        *range(30, 41),
        48,
        51,
        61,
        64,
        68,
    ]
    promised += [*range(70, 75), *range(81, 84), *range(94, 103)]
    played = covered()
    assert [number for number in promised if f"S-{number}" not in played] == []


def test_help_loads_neither_the_engine_nor_the_database() -> None:
    code = (
        "import sys, json\n"
        "from typer.testing import CliRunner\n"
        "from runtime.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"temporalio", "sqlalchemy", "sqlmodel", "aiohttp", "alembic", "cryptography"}


def test_no_other_distribution_has_a_package_with_the_name_of_ours() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {
        room: set(owners[room]) for room in ROOMS if room in owners and set(owners[room]) != {"smot"}
    } == {}


def test_the_default_policy_file_is_the_default_and_spells_out_every_field() -> None:
    file = ROOT / "policies" / "default.yaml"
    assert read_policy(file).policy == Policy()
    document = yaml.safe_load(file.read_text())
    assert set(document) == set(Policy.model_fields)
    assert set(document["credit"]) == set(type(Policy().credit).model_fields)
    assert set(document["delays"]) == set(type(Policy().delays).model_fields)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("windw: 30", "windw"),
        ("window: thirty", "window"),
        ("credit: {bonus: 20000}", "credit.bonus"),
        ("window: [", "neither YAML nor JSON"),
        ("review_above: 50000", r"review_above: 50000 has no currency: write it as \{GBP: 50000\}"),
        ("review_above: {GPB: 50000}", "review_above: unknown currency 'GPB'; did you mean GBP"),
        ("review_above: {gbp: 50000}", "unknown currency 'gbp'; did you mean GBP"),
        ("review_above: {GBP: 500.00}", "GBP: 500.0 is not a whole number of minor units"),
        ("credit: {cap: 5}", "credit.cap: 5 has no currency"),
        ("credit: {cap: -1}", "credit.cap: -1 is not a whole number of minor units"),
        ("credit: {cap: {GBP: -1}}", "credit.cap: GBP: -1 is not a whole number of minor units"),
        ("{currency: GBP, review_above: 1.5}", "review_above: 1.5 is not a whole number of minor units"),
        ("{currency: EURO, review_above: 1}", "currency: unknown currency 'EURO'"),
        ("goodwill: {tiers: [{days: 1}], cap: 5}", "goodwill.cap: 5 has no currency"),
        ("goodwill: {tiers: [{days: 1}], min_order: 5}", "goodwill.min_order: 5 has no currency"),
    ],
)
def test_a_typo_in_a_policy_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(BadPolicy, match=says):
        read_policy(file)


def test_the_amounts_of_a_policy_are_shown_in_full(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    caps = "{cap: {JPY: 500, KWD: 1500, HUF: 99}}"
    file.write_text(f"{{currency: KRW, review_above: 65000, claw_back: null, credit: {caps}}}")
    assert amounts_in_full(read_policy(file).policy) == {
        "review_above": "KRW 65000",
        "credit.cap": "JPY 500, KWD 1.500, HUF 0.99",
    }


PAGES = sorted(str(page.relative_to(ROOT)) for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
# The first by deploy/secrets.sh, the second in the folder of templates that replace ours.
MADE_BY_OPERATORS = {"secrets/", "kinds/delayed.j2"}


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"`([\w./-]+/[\w.-]+\.\w+|[\w-]+/)`", (ROOT / page).read_text())
    assert named or page not in ("README.md", "docs/architecture.md", "docs/glossary.md")
    assert [path for path in named if path not in MADE_BY_OPERATORS and not (ROOT / path).exists()] == []
