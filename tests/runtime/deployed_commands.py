"""What every file of a deployment is checked against: our commands and our settings."""

from collections.abc import Sequence
from pathlib import Path

from typer.testing import CliRunner

from runtime.cli.main import app
from runtime.config.settings import SECRETS_DIR, Settings

ROOT = Path(__file__).parents[2]
SETTINGS = {f"SMOT_{field.upper()}" for field in Settings.model_fields} | {SECRETS_DIR}
# Read by the SDK's own profiles.
TEMPORAL = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}


def assert_is_command(words: Sequence[str]) -> None:
    """The words are a command of ours with options that it has."""
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0, result.output
    misspelt = CliRunner().invoke(app, [*words, "--no-such-option", "--help"])
    assert misspelt.exit_code == 2, "otherwise the check of the help proves nothing"
