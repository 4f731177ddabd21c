"""Every code that the audit, the mailbox, timelines and the figures can show has its words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import yaml

from domain.actors import Role
from domain.model.claw_back_terms import ClawBackGround
from domain.model.notice import NoticeKind
from domain.notifications.letter_reports import LetterStatus
from pages.agent_order import view
from pages.web.static_files import PAGES
from services.merchants.views import Letters as LettersOfPause
from services.notifications.channel_trials import TrialOutcome

_WRITERS = {"AuditLine", "ReplayLine", "_record", "_audit", "redemption_audit", "change", "partial", "audit"}
_ENDINGS = {"reasons", "reason"}


def codes_of(file: str, family: str) -> set[str]:
    """The codes of a family of phrases."""
    body = (PAGES / file).read_text().partition(f"set {family} = {{")[2].partition("%}")[0]
    return {*re.findall(r'^  "([\w ]+)": (?:_|")', body, re.MULTILINE)}


def calls(*rooms: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of the code of these rooms, by the name of what is called."""
    for room in rooms:
        for file in Path(room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def texts(*nodes: ast.AST) -> set[str]:
    """The texts within these nodes."""
    found = (one.value for node in nodes for one in ast.walk(node) if isinstance(one, ast.Constant))
    return {one for one in found if isinstance(one, str)}


def test_every_action_of_the_audit_has_its_words() -> None:
    written = set[str]()
    for name, call in calls("services", "store"):
        if name in _WRITERS:
            given = [one for one in call.args if isinstance(one, ast.Constant)]
            written |= {one for one in texts(*given) if re.fullmatch(r"[a-z]+(_[a-z]+)+", one)}
    assert {"key_revoked", "notice_replayed", "credit_voided", "webhook_endpoint_paused"} <= written
    known = codes_of("design/phrases.html", "actions") | codes_of("admin/audit_words.html", "actions")
    assert sorted(written - known) == []


def test_every_fact_of_the_audit_has_a_name() -> None:
    named = {key.arg for name, call in calls("domain") if name == "audit" for key in call.keywords if key.arg}
    assert len(named) > 25
    left_out = {"amount", "principal", "survey", "same_as"}
    assert sorted(named - left_out - codes_of("admin/audit_words.html", "names")) == []


def test_every_code_among_the_facts_has_its_words() -> None:
    known = codes_of("admin/audit_words.html", "codes")
    assert (
        sorted({*get_args(TrialOutcome), *get_args(ClawBackGround), *get_args(LettersOfPause)} - known) == []
    )


def test_every_role_has_its_name() -> None:
    assert sorted({*map(str, Role)} - codes_of("design/phrases.html", "roles")) == []


def test_every_letter_and_every_reason_why_it_did_not_leave_has_its_words() -> None:
    assert sorted({*get_args(NoticeKind)} - codes_of("design/phrases.html", "letters")) == []
    assert {*get_args(LetterStatus)} == codes_of("design/letter_reasons.html", "states")
    reasons = set[str]()
    for name, call in calls("domain/notifications", "services/notifications"):
        given = (
            [key.value for key in call.keywords if key.arg in _ENDINGS]
            if name in ("Stale", "Drop", "Hold")
            else []
        )
        if name in ("mark_dropped", "dead_letter", "hold"):
            given += [one for one in call.args if isinstance(one, ast.Constant | ast.IfExp)]
        reasons |= texts(*given)
    assert {"superseded", "muted", "undeliverable", "after_explanation"} <= reasons
    assert (
        sorted(reasons - {",", "expected", "details"} - codes_of("design/letter_reasons.html", "whys")) == []
    )


def test_every_reason_for_a_return_of_the_default_policy_has_its_words() -> None:
    policy = yaml.safe_load(Path("policies/default.yaml").read_text())
    codes = {one if isinstance(one, str) else one["code"] for one in policy["reasons"]}
    assert sorted(codes - codes_of("design/phrases.html", "reasons")) == []


def test_the_list_of_keys_has_every_key() -> None:
    listed = {*re.findall(r'\("([^"]+)", _\(', (PAGES / "queue/keys.html").read_text())}
    scripts = [PAGES / "queue/static/queue.js", PAGES / "design/static/keys.js"]
    bound = {
        key
        for script in scripts
        for row in re.findall(r"bindSingles\(\{(.+)\}\)", script.read_text())
        for key in re.findall(r'(?:^| )"?([a-z/?][a-z ]*?)"?:', row)
    }
    assert {"j", "x", "/", "?", "g q"} <= bound
    assert sorted((bound | {*view._KEYS.values()}) - listed) == []
