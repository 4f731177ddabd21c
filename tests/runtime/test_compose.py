"""The configuration of the containers, without starting any: files against their specification, commands against the CLI."""

import hashlib
import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from runtime.cli.main import app
from runtime.config.settings import SECRETS_DIR, Settings
from runtime.processes import worker_processes
from runtime.processes.embedded_temporal import TUNING
from runtime.telemetry.redaction import OUR_PACKAGES

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if str(one["image"]).startswith("smot:")}
ONE_SHOT = {"temporal-schema", "temporal-namespace", "migrate"}
SECRET_WORDS = re.compile(r"PASSW|PWD|SECRET|TOKEN|_KEY$|CREDENTIAL", re.IGNORECASE)
# Read by the SDK's own profiles, and by Temporal's UI; all of ours are fields of Settings.
TEMPORAL_NAMES = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_DEFAULT_NAMESPACE"}


def seconds(span: str) -> float:
    """Seconds of `60s` or `1m`."""
    return float(span[:-1]) * {"s": 1, "m": 60}[span[-1]]


def environment() -> list[tuple[str, str, str]]:
    """Service, variable, value."""
    return [
        (name, key, str(value))
        for name, one in SERVICES.items()
        for key, value in one.get("environment", {}).items()
    ]


def test_the_compose_file_is_one_by_the_specification_of_compose() -> None:
    schema = (DATA / "compose-spec.json").read_bytes()
    assert hashlib.sha256(schema).hexdigest() in (DATA / "README.md").read_text(), "the schema is unchanged"
    errors = Draft202012Validator(json.loads(schema)).iter_errors(COMPOSE)
    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours(name: str) -> None:
    words = OURS[name]["command"]
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0, result.output
    misspelt = CliRunner().invoke(app, [*words, "--no-such-option", "--help"])
    assert misspelt.exit_code == 2, "otherwise the check of the help proves nothing"


def test_every_variable_is_a_setting() -> None:
    settings = {f"SMOT_{field.upper()}" for field in Settings.model_fields} | {SECRETS_DIR}
    used = {key for _, key, _ in environment() if key.startswith(("SMOT_", "TEMPORAL_"))}
    assert used - settings - TEMPORAL_NAMES == set()
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"\bSMOT_\w+", dockerfile)) - settings == set()


def test_every_value_is_one_that_settings_take(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in OURS:
        with monkeypatch.context() as patch:
            for name, key, value in environment():
                if name == service and key != SECRETS_DIR:
                    patch.setenv(key, value)
            Settings()


def test_no_secret_is_written_in_any_file() -> None:
    for service, key, value in environment():
        if SECRET_WORDS.search(key) and key != SECRETS_DIR:
            required = value.startswith("${") and ":?" in value
            assert required or value.startswith("/run/secrets/"), f"{service}: {key}"
    for file in ("docker-compose.yml", "Dockerfile", *(str(one) for one in (ROOT / "deploy").iterdir())):
        assert not re.search(r"://[^/\s:%$]+:[^/\s%$]+@", (ROOT / file).read_text()), f"a password in {file}"
    for secret in COMPOSE["secrets"].values():
        assert set(secret) <= {"file", "environment"}


def test_every_port_listens_on_the_hosts_loopback_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_temporal_answers_only_inside_and_its_ui_runs_only_when_wanted() -> None:
    assert "ports" not in SERVICES["temporal"]
    assert SERVICES["temporal-ui"]["profiles"] == ["ui"]


def test_the_temporal_container_has_enough_shards_and_our_tuning() -> None:
    assert int(SERVICES["temporal"]["environment"]["NUM_HISTORY_SHARDS"]) >= 128
    config = yaml.safe_load((ROOT / "deploy" / "dynamicconfig.yaml").read_text())
    settings = {key: [one["value"] for one in values] for key, values in config.items()}
    wanted = {key: [value] for key, value in TUNING.items() if not key.endswith("enableServerVersionCheck")}
    assert wanted.items() <= settings.items()


def test_services_wait_for_what_they_need() -> None:
    for name, one in SERVICES.items():
        for needed, how in one.get("depends_on", {}).items():
            done = how["condition"] == "service_completed_successfully"
            assert done == (needed in ONE_SHOT), f"{name} waits for {needed}"
            if not done:
                assert how["condition"] == "service_healthy"
                assert SERVICES[needed].get("healthcheck"), f"{needed} has no health check"
    assert {"migrate", "temporal-namespace"} <= set(SERVICES["serve"]["depends_on"])
    assert SERVICES["serve"]["depends_on"] == SERVICES["worker"]["depends_on"]
    for name in ONE_SHOT:
        assert str(SERVICES[name]["restart"]).startswith("on-failure")


def test_long_running_services_are_bounded_and_may_drain() -> None:
    for name in set(SERVICES) - ONE_SHOT:
        limits = SERVICES[name]["deploy"]["resources"]["limits"]
        assert {"cpus", "memory"} <= set(limits), name
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > worker_processes._STOP_TIMEOUT
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_our_containers_have_a_read_only_file_system_and_no_privileges() -> None:
    for name, one in OURS.items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"], name
    users = re.findall(r"^USER (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users[-1:] == ["smot"]


def test_the_files_that_are_mounted_are_there_and_every_secret_is_used() -> None:
    for one in SERVICES.values():
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), source
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])


def test_the_image_is_made_of_all_rooms_and_of_what_is_locked() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    admitted = {line[1:] for line in ignored if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert rooms <= admitted
    assert rooms == OUR_PACKAGES, "the messages of our own exceptions are logged"
    assert rooms == set(project["tool"]["mypy"]["packages"])
    assert rooms == set(project["tool"]["importlinter"]["root_packages"])
    assert all((ROOT / path).exists() for path in admitted)
    assert "*" in ignored, "unnamed files, above all secrets, stay out"
    dockerfile = (ROOT / "Dockerfile").read_text()
    [version] = re.findall(r"uv==([\d.]+)", (ROOT / "Makefile").read_text())
    assert f"uv=={version}" in dockerfile
    assert dockerfile.count("uv sync --frozen --no-dev") == 2


def test_secrets_are_made_once_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    result = subprocess.run([ROOT / "deploy" / "secrets.sh", folder], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    named = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert {file.name for file in folder.iterdir()} == named | {"temporal.env"}
    assert folder.stat().st_mode & 0o077 == 0, "the folder is its owner's only"
    [needed] = {part for _, _, value in environment() for part in re.findall(r"\$\{(\w+):\?", value)}
    password = (folder / "temporal_database_password").read_text().strip()
    assert (folder / "temporal.env").read_text() == f"{needed}={password}\n"
    again = subprocess.run([ROOT / "deploy" / "secrets.sh", folder], capture_output=True, text=True)
    assert again.returncode == 1
    assert "never overwritten" in again.stderr
    settings = Settings(
        database=(folder / "smot_database").read_text().strip(),
        master_key=(folder / "smot_master_key").read_text().strip(),
    )
    assert settings.database_url.endswith("@postgres:5432/smot")


@pytest.mark.parametrize(
    ("first", "code", "steps"),
    [
        ("fine", 0, ["create", "update-schema"]),
        (
            'ERROR: relation "schema_version" does not exist (SQLSTATE 42P01)',
            0,
            ["create", "update-schema", "setup-schema", "update-schema"],
        ),
        ("connection refused", 1, ["create", "update-schema"]),
    ],
)
def test_a_schema_is_set_up_only_where_there_is_none(
    first: str, code: int, steps: list[str], tmp_path: Path
) -> None:
    """Setting an instance up resets its version: never because of another error."""
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text(
        '#!/bin/sh\necho "$@" >>"$LOG"\ncase "$*" in *update-schema*) ;; *) exit 0 ;; esac\n'
        '[ "$FIRST" = fine ] || grep -q setup-schema "$LOG" || { echo "$FIRST" >&2; exit 1; }\n'
    )
    tool.chmod(0o700)
    (tmp_path / "temporal_database_password").write_text("secret")
    log = tmp_path / "log"
    paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SECRETS": str(tmp_path)}
    script = ["/bin/sh", ROOT / "deploy" / "temporal-schema.sh"]
    ended = subprocess.run(script, env={**paths, "LOG": str(log), "FIRST": first}, capture_output=True)
    calls = [line.split("--db ")[1].split()[:2] for line in log.read_text().splitlines()]
    assert ended.returncode == code
    assert [step for database, step in calls if database == "temporal"] == steps
    assert ("temporal_visibility" in {database for database, _ in calls}) == (code == 0)
