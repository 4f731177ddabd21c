"""Which smot runs."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runtime.cli.main import app
from runtime.config.version import UNKNOWN, commit_of, smot_version

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_the_commit_is_that_of_the_build_or_of_the_checkout(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == UNKNOWN
    (tmp_path / ".git").mkdir()
    assert commit_of(tmp_path) == UNKNOWN, "a folder that git does not know"
    (tmp_path / "COMMIT").write_text(COMMIT + "\n")
    assert commit_of(tmp_path) == COMMIT[:12]
    (tmp_path / "COMMIT").write_text("\n")
    assert commit_of(tmp_path) == UNKNOWN
    assert re.fullmatch(rf"[0-9a-f]{{12}}|{UNKNOWN}", smot_version().commit)


@pytest.mark.parametrize("word", ["--version", "version"])
def test_the_command_line_prints_version_and_commit(word: str) -> None:
    done = CliRunner().invoke(app, [word])
    assert (done.exit_code, done.output) == (0, f"smot {version('smot')} ({smot_version().commit})\n")
