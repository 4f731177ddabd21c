"""Every kind of question that people are asked has its icon and its words; a kind without them would break the page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from domain.journey.ahead import Lane
from domain.journey.command_choices import ABOUT
from domain.model.attention import AttentionDefault, AttentionKind
from domain.model.override import OrderOverrideKind, ReturnOverrideKind
from pages.web.static_files import PAGES
from services.orders.timeline import TimelineEntry, TimelineKind
from services.staff_orders.staff_page import lane_of

KINDS = (PAGES / "design/kinds.html").read_text()
PHRASES = (PAGES / "design/phrases.html").read_text()


def test_every_kind_of_question_has_its_words() -> None:
    assert {*re.findall(r'^  "(\w+)": \("', KINDS, re.MULTILINE)} == {*get_args(AttentionKind)}


def test_every_kind_has_an_icon_that_is_there() -> None:
    icons = {*re.findall(r'<symbol id="([\w-]+)"', (PAGES / "design/vendor/icons.svg").read_text())}
    assert {*re.findall(r'^  "\w+": \("([\w-]+)"', KINDS, re.MULTILINE)} <= icons


def test_every_default_has_its_words_and_its_sentence() -> None:
    for table in ("short_defaults", "default_ends"):
        body = KINDS.partition(f"set {table} = {{")[2].partition("%}")[0]
        assert {*get_args(AttentionDefault)} <= {*re.findall(r'"(\w+)": _\(', body)}, table


def test_every_kind_of_fact_has_its_lane_on_the_order_page_of_staff() -> None:
    given = {
        "at": "2026-03-02T08:00:00Z",
        "recorded_at": "2026-03-02T08:00:00Z",
        "action": "seen",
        "subject": "",
        "role": "agent",
    }
    rest: dict[str, object] = {"name": "", "status": None, "text": None, "details": {}}
    for kind in get_args(TimelineKind):
        assert lane_of(TimelineEntry.model_validate({**given, **rest, "kind": kind})) in get_args(Lane)


def phrases(family: str) -> set[str]:
    body = PHRASES.partition(f"set {family} = {{")[2].partition("%}")[0]
    return {*re.findall(r'^  "(\w+)": _', body, re.MULTILINE)}


def audited() -> Iterator[str]:
    """Every action that the code of journeys writes to the audit by its name."""
    for file in Path("domain").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "audit"
                and len(node.args) > 2
            ):
                action = node.args[2]
                if isinstance(action, ast.Constant):
                    yield str(action.value)


def test_every_action_of_the_audit_and_every_command_has_its_words() -> None:
    actions = {*audited(), *get_args(OrderOverrideKind), *get_args(ReturnOverrideKind)}
    assert len(actions) > 50
    assert sorted(actions - phrases("actions")) == []
    assert {*ABOUT} <= phrases("commands")
