"""No option of any command can cause a traceback: absurd values are answered in one sentence, with exit code 2."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from runtime.cli.main import app

ROOT = Path(__file__).parents[2]
ABSURD = {
    "integer": ["-1", "99999999999999999999", "1.5"],
    "path": ["/dev/null/x", "x" * 300],
    "text": ["", "http://[💥\n", "\udcff" + "x" * 5000],
}
# Every case also has these, so that a command that can work with the absurd value ends soon: it finds and starts nothing.
NOWHERE = {
    "SMOT_DATA": "/dev/null/data",
    "SMOT_PORT": "0",
    "SMOT_ADMIN_KEY": "smot_nobody",
    "SMOT_LOG": "json",
}
BASE = {
    ("demo",): ["--data=/dev/null/x"],
    ("replay", "olist"): ["--data=/dev/null/x"],
    ("sandbox-psp",): ["--file=/dev/null/x"],
    ("sandbox-carriers",): ["--file=/dev/null/x"],
    ("bench",): ["--on=none"],
}
# Commands that can work with any text, and so may succeed: what they print is no error.
MAY_SUCCEED = {("doctor",)}
# Commands of a mail server, which tries again after this code.
TRIED_AGAIN = {("mail", "bounce"): 75}
Words = tuple[str, ...]


def _commands(group: Any, path: Words = ()) -> list[tuple[Words, Any]]:
    if hasattr(group, "commands"):
        return [one for name, each in group.commands.items() for one in _commands(each, (*path, name))]
    return [(path, group)]


def _kind(parameter: Any) -> str:
    kind = str(parameter.bare_type())
    return "integer" if "int" in kind else "path" if "Path" in kind else "text"


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _usual(parameter: Any) -> str:
    return {"integer": "1", "path": "nowhere", "text": "abc"}[_kind(parameter)]


def _cases(path: Words, command: Any) -> list[list[str]]:
    """One command line for each parameter and absurd value, with usual values for what else is required."""
    cases = []
    for absurd in command.params:
        if _is_option(absurd) and (absurd.is_flag or absurd.name == "help"):
            continue
        of_all = absurd.name == "data" and path != ("up",)  # the same option of nearly every command
        for value in ABSURD[_kind(absurd)][: 1 if of_all else None]:
            words = [*path, *BASE.get(path, [])]
            for each in command.params:
                text = value if each is absurd else _usual(each) if each.required else None
                if text is not None:
                    words += [f"{each.opts[0]}={text}"] if _is_option(each) else [text]
            cases.append(words)
    return cases


COMMANDS = dict(_commands(typer.main.get_command(app)))


@cache
def outcomes() -> dict[Words, dict[str, Any]]:
    """What every case printed; all run in one process that imports once."""
    lines = [words for path, command in COMMANDS.items() for words in _cases(path, command)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.runtime.command_cases"],
        cwd=ROOT, input=json.dumps([[words, NOWHERE] for words in lines]), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(map(tuple, lines), json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_absurd_value_is_answered_in_a_sentence_and_leaves_no_file(path: Words) -> None:
    of_command = {words: end for words, end in outcomes().items() if words[: len(path)] == path}
    assert of_command or not COMMANDS[path].params
    for words, end in of_command.items():
        shown = ([word[:60] for word in words], end)
        assert "Traceback" not in end["err"] + end["out"], shown
        assert "fault of smot" not in end["err"], shown
        assert end["code"] in ((0, 1, 2) if path in MAY_SUCCEED else (2, TRIED_AGAIN.get(path, 2))), shown
        assert end["left"] == [], shown
        sentences = [line for line in end["err"].splitlines() if line.startswith("smot: ")]
        assert len(sentences) == 1 or end["err"].startswith("Usage: ") or path in MAY_SUCCEED, shown
