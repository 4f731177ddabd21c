"""The page for operators names only settings, files and commands that exist."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runtime.cli.main import app
from runtime.config.settings import SECRETS_DIR, Settings
from tests import settings_table

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operate.md").read_text()
COMMANDS = sorted(set(re.findall(r"`smot\s+([a-z-]+(?: olist| admin)?)", PAGE)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_is_one(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0, result.output


def test_every_setting_and_file_of_the_page_is_there() -> None:
    settings = {f"SMOT_{field.upper()}" for field in Settings.model_fields} | {SECRETS_DIR}
    assert set(re.findall(r"\bSMOT_[A-Z_]+\b", PAGE)) - settings == set()
    assert settings_table.PAGE.read_text() == settings_table.table(), "run: python -m tests.settings_table"
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    files = re.findall(r"`((?:docs|deploy)/[\w./-]+)`", PAGE)
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []
