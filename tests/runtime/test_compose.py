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

from runtime.config.secrets import master_keys
from runtime.config.settings import SECRETS_DIR, Settings
from runtime.processes.embedded_temporal import TUNING
from runtime.telemetry.redaction import OUR_PACKAGES
from runtime.telemetry.temporal_metrics import nth_port
from tests.runtime.deployed_commands import ROOT, SETTINGS, assert_is_command

DATA = ROOT / "tests" / "data"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if str(one["image"]).startswith("smot:")}
PUBLIC = {"caddy"}  # the only service that the world may reach
ONE_SHOT = {"temporal-schema", "temporal-namespace", "migrate"}
SECRET_WORDS = re.compile(r"PASSW|PWD|SECRET|TOKEN|_KEY$|CREDENTIAL", re.IGNORECASE)
# Read by the SDK's own profiles, and by Temporal's UI; all of ours are fields of Settings.
TEMPORAL_NAMES = {
    "TEMPORAL_ADDRESS",
    "TEMPORAL_NAMESPACE",
    "TEMPORAL_DEFAULT_NAMESPACE",
    "TEMPORAL_ALLOW_NO_AUTH",
}


def seconds(span: str) -> float:
    """Seconds of `60s` or `1m`."""
    return float(span[:-1]) * {"s": 1, "m": 60}[span[-1]]


def interpolated(value: str) -> str:
    """The value as Compose takes it when no variable is set: inner defaults first."""
    while (plainer := re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", value)) != value:
        value = plainer
    return value


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
    assert_is_command(OURS[name]["command"])


def test_one_service_builds_the_image_and_no_other_pulls_it() -> None:
    """Several builds of one tag at the same time fail on an engine's first start."""
    assert [name for name, one in SERVICES.items() if "build" in one] == ["migrate"]
    for argument in SERVICES["migrate"]["build"]["args"]:
        assert f"ARG {argument}=" in (ROOT / "Dockerfile").read_text()
    assert {one["pull_policy"] for one in OURS.values()} == {"never"}
    for name in set(OURS) - {"migrate"}:
        assert "migrate" in OURS[name]["depends_on"], f"{name} starts after the image was built"


def test_every_variable_is_a_setting() -> None:
    used = {key for _, key, _ in environment() if key.startswith(("SMOT_", "TEMPORAL_"))}
    assert used - SETTINGS - TEMPORAL_NAMES == set()
    example = (ROOT / "deploy" / "env.example").read_text()
    assert set(re.findall(r"^#?(SMOT_\w+)=", example, re.MULTILINE)) - SETTINGS == set()
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"\bSMOT_\w+", dockerfile)) - SETTINGS == set()


def test_every_value_is_one_that_settings_take(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in OURS:
        with monkeypatch.context() as patch:
            for name, key, value in environment():
                if name == service and key != SECRETS_DIR:
                    patch.setenv(key, interpolated(value))
            Settings()


def test_no_secret_is_written_in_any_file_or_asked_of_the_shell() -> None:
    """`exec`, `ps`, `logs` and `down` read the file too, so a variable that must be set would stop them."""
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"\$\{?\w+:?\?", text), "a variable that must be set"
    for service, key, value in environment():
        if SECRET_WORDS.search(key) and key != SECRETS_DIR:
            assert value.startswith("/run/secrets/"), f"{service}: {key}"
    for file in (
        "docker-compose.yml",
        "Dockerfile",
        *(one for one in (ROOT / "deploy").rglob("*") if one.is_file()),
    ):
        assert not re.search(r"://[^/\s:%$]+:[^/\s%$]+@", (ROOT / file).read_text()), f"a password in {file}"


def test_every_port_listens_on_the_hosts_loopback_only() -> None:
    ports = {name: [str(port) for port in one["ports"]] for name, one in SERVICES.items() if "ports" in one}
    assert set(ports) - PUBLIC == {"serve", "temporal-ui", "prometheus"}, (
        "no other port is needed on the host"
    )
    for name in set(ports) - PUBLIC:
        assert [port for port in ports[name] if not port.startswith("127.0.0.1:")] == [], name
    for name in PUBLIC:
        assert SERVICES[name]["networks"] == ["edge"], "it reaches neither database nor Temporal"
        assert SERVICES[name]["profiles"]


def test_only_the_parts_of_a_plain_start_run_without_a_profile() -> None:
    optional = {name: one["profiles"] for name, one in SERVICES.items() if "profiles" in one}
    assert optional == {
        "temporal-ui": ["ui"],
        "sandbox-carriers": ["sandbox"],
        "caddy": ["tls"],
        "prometheus": ["monitoring"],
    }


def test_temporal_answers_only_inside() -> None:
    assert "ports" not in SERVICES["temporal"]
    assert "edge" not in SERVICES["temporal"].get("networks", ())


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
                by_image = needed in OURS and "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
                assert by_image or SERVICES[needed].get("healthcheck"), f"{needed} has no health check"
    assert {"migrate", "temporal-namespace"} <= set(SERVICES["serve"]["depends_on"])
    assert SERVICES["serve"]["depends_on"] == SERVICES["worker"]["depends_on"]
    for name in ONE_SHOT:
        assert str(SERVICES[name]["restart"]).startswith("on-failure")


def test_services_are_bounded_in_memory_and_logs_and_not_in_cores() -> None:
    """A limit of two cores is refused by a host that has one."""
    for name in set(SERVICES) - ONE_SHOT:
        assert set(SERVICES[name]["deploy"]["resources"]["limits"]) == {"memory"}, name
    for name, one in SERVICES.items():
        assert set(one["logging"]["options"]) == {"max-size", "max-file"}, name
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_our_containers_have_a_read_only_file_system_and_no_privileges() -> None:
    for name, one in OURS.items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"], name
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)[-1:] == ["10001:10001"]
    assert "VOLUME" not in dockerfile, "each container would leave a volume without a name"
    assert "compileall" in dockerfile, "else every start parses all our files"


def mounts() -> list[tuple[str, str, set[str]]]:
    """Service, source, and the options, of which the long form spells some out."""
    found = []
    for name, one in SERVICES.items():
        for volume in one.get("volumes", ()):
            if isinstance(volume, str):
                source, _, *options = volume.split(":")
                found.append((name, source, set(",".join(options).split(","))))
            else:
                bind = volume["bind"]
                assert not bind["create_host_path"], "a missing secret is an error, not a new folder"
                found.append(
                    (name, volume["source"], {bind["selinux"], "ro" if volume["read_only"] else "rw"})
                )
    return found


def test_the_files_that_are_mounted_are_there_and_readable_under_selinux() -> None:
    volumes = [source for _, source, _ in mounts() if source in COMPOSE["volumes"]]
    assert set(volumes) == set(COMPOSE["volumes"])
    for name, source, options in mounts():
        if source in volumes:
            continue
        assert source.startswith("./secrets/") or (ROOT / source).is_file(), source
        assert options == {"ro", "z"}, f"{name}: {source}"


def test_every_service_gets_only_its_own_secrets() -> None:
    given: dict[str, set[str]] = {}
    for name, source, _ in mounts():
        if source.startswith("./secrets/"):
            given.setdefault(source.removeprefix("./secrets/"), set()).add(name)
    assert given == {
        "postgres_password": {"postgres"},
        "smot_database_password": {"postgres"},
        "temporal_database_password": {"postgres", "temporal-schema", "temporal"},
        "smot": {"migrate", "worker", "serve"},
    }


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
    [builder] = project["build-system"]["requires"]
    assert re.fullmatch(r"hatchling==[\d.]+", builder)
    assert builder in project["tool"]["uv"]["build-constraint-dependencies"]


def test_secrets_are_made_once_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    result = subprocess.run([ROOT / "deploy" / "secrets.sh", folder], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    mounted = {source.removeprefix("./secrets/") for _, source, _ in mounts() if "secrets/" in source}
    assert {file.name for file in folder.iterdir()} == mounted
    assert folder.stat().st_mode & 0o077 == 0, "the folder is its owner's only"
    assert (folder / "smot").stat().st_mode & 0o005 == 0o005, "the container's user reads what is mounted"
    again = subprocess.run([ROOT / "deploy" / "secrets.sh", folder], capture_output=True, text=True)
    assert again.returncode == 1
    assert "never overwritten" in again.stderr


def test_smot_takes_its_secrets_from_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "secrets"
    subprocess.run([ROOT / "deploy" / "secrets.sh", folder], check=True, capture_output=True)
    monkeypatch.setenv(SECRETS_DIR, str(folder / "smot"))
    settings = Settings()
    assert settings.database_url.endswith("@postgres:5432/smot")
    assert [len(key) for key in master_keys(settings)] == [32]


def test_the_temporal_server_gets_its_password_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "temporal_database_password").write_text("p $a'ss\n")
    image = tmp_path / "entrypoint.sh"
    image.write_text('#!/bin/sh\nprintf "%s" "$POSTGRES_PWD"\n')
    image.chmod(0o700)
    given = {"SECRETS": str(tmp_path), "ENTRYPOINT": str(image), "PATH": os.environ["PATH"]}
    script = ["/bin/sh", ROOT / "deploy" / "temporal-server.sh"]
    assert subprocess.run(script, env=given, capture_output=True, text=True).stdout == "p $a'ss"


def test_prometheus_reads_every_port_that_shows_figures() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())
    read = {
        (host, dns["port"])
        for job in config["scrape_configs"]
        for dns in job["dns_sd_configs"]
        for host in dns["names"]
    }
    exposed = {(name, int(port)) for name in ("worker", "temporal") for port in SERVICES[name]["expose"]} - {
        ("temporal", 7233)
    }
    assert read == exposed | {("serve", 8080)}
    assert SERVICES["temporal"]["environment"]["PROMETHEUS_ENDPOINT"].endswith(":9090")
    [metrics] = [value for _, key, value in environment() if key == "SMOT_WORKER_METRICS"]
    assert (metrics, nth_port(metrics, 1)) == ("0.0.0.0:9464", "0.0.0.0:9465")


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
