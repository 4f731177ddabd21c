"""Settings: from files of secrets, and errors in them reported without their values."""

import base64
from pathlib import Path

import pytest

from runtime.config.secrets import master_keys
from runtime.config.settings_errors import read_settings
from runtime.errors import StartupError


def test_secrets_come_from_files_and_the_environment_goes_before_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "smot_master_key").write_text(base64.b64encode(bytes(32)).decode() + "\n")
    (tmp_path / "smot_database").write_text("postgresql://smot:secret@db:5432/smot\n")
    (tmp_path / "other").write_text("somebody else's")
    monkeypatch.setenv("SMOT_SECRETS_DIR", str(tmp_path))
    settings = read_settings()
    assert master_keys(settings) == [bytes(32)]
    assert settings.database_url == "postgresql+asyncpg://smot:secret@db:5432/smot"
    assert "secret" not in repr(settings)
    monkeypatch.setenv("SMOT_DATABASE", "postgresql://smot@elsewhere/smot")
    assert read_settings().database_url == "postgresql+asyncpg://smot@elsewhere/smot"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMOT_DATABASE", "mysql://smot:hush@db/smot"),
        ("SMOT_DATABASE", "postgresql://smot:hush@db:port/smot"),
        ("SMOT_DATABASE", "postgresql:///smot"),
        ("SMOT_DATABASE", "hush"),
        ("SMOT_PSP", "psp:8090"),
        ("SMOT_SMTP", "mail.example.org"),
        ("SMOT_TEMPORAL", "http://hush"),
        ("SMOT_PORT", "hush"),
        ("SMOT_LOG", "hush"),
        ("SMOT_PROVIDER_TIMEOUT", "0"),
        ("SMOT_RETENTION", "hush"),
        ("SMOT_RATE_READS", "hush"),
        ("SMOT_RATE_PUBLIC", "0/minute"),
    ],
)
def test_a_wrong_value_is_reported_by_its_name_and_not_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StartupError, match=f"settings: {name}: ") as caught:
        read_settings()
    assert "hush" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
