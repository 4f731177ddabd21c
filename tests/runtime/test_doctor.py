"""The doctor: a problem is found, named, and reported with the next step."""

import base64
import os
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from runtime.config.deployment_file import DeploymentFile
from runtime.config.schema import migrate
from runtime.config.settings import Settings
from runtime.doctor import examine, external_services, machine, servers
from runtime.doctor.finding import Finding
from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.processes.temporal_version import write_version
from store.engine.columns import real_now
from tests.databases import Databases, setting
from tests.postgres import LOCKED


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def with_temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """A folder on which a Temporal server runs, as `smot up` would have it."""
    data = tmp_path_factory.mktemp("doctor")
    async with EmbeddedTemporal(data / "temporal.db") as server:
        running = DeploymentFile(
            api="-", docs="-", psp="-", temporal=server.address, admin_key_file="-", data=str(data)
        )
        running.write(data / "running.json")
        yield Settings(data=data)


def by_name(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


async def test_a_folder_where_nothing_was_started_yet_has_nothing_broken(tmp_path: Path) -> None:
    findings = await examine(Settings(data=tmp_path / "new", port=0))
    assert [finding.line() for finding in findings if finding.status == "error"] == []
    assert by_name(findings)["folder"].status == "warning"
    assert not (tmp_path / "new").exists(), "it changes nothing"


async def test_healthy_servers_are_reported_as_healthy(databases: Databases, with_temporal: Settings) -> None:
    database = SecretStr(setting(await databases.migrated("postgresql")))
    findings = [*await servers.database(Settings(database=database)), *await servers.temporal(with_temporal)]
    assert [(finding.check, finding.status) for finding in findings] == [
        ("database", "ok"),
        ("database clock", "ok"),
        ("temporal", "ok"),
        ("temporal clock", "ok"),
    ]


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_is_an_hour_wrong_is_found(
    hours: int, databases: Databases, with_temporal: Settings
) -> None:
    database = Settings(database=SecretStr(setting(await databases.migrated("postgresql"))))

    def wrong_now() -> datetime:
        return real_now() + timedelta(hours=hours)

    findings = by_name(
        [*await servers.database(database, wrong_now), *await servers.temporal(with_temporal, wrong_now)]
    )
    for what in ("database clock", "temporal clock"):
        assert findings[what].status == "error"
        assert ("behind" if hours > 0 else "ahead of") in findings[what].message
        assert "NTP" in findings[what].next_step
    assert (findings["database"].status, findings["temporal"].status) == ("ok", "ok")


async def test_a_database_that_cannot_be_used_or_is_of_another_version_is_broken(
    databases: Databases, tmp_path: Path, next_version: dict[str, str]
) -> None:
    there = setting(await databases.empty("postgresql"))
    wrong = there.replace("//smot@", f"//{LOCKED}:hush@")
    (finding,) = await servers.database(Settings(database=SecretStr(wrong)))
    assert (finding.status, "hush" in finding.line()) == ("error", False)
    embedded = Settings(data=tmp_path)
    await migrate(embedded, None)
    await migrate(embedded, "0001")
    (older,) = await servers.database(embedded)
    assert (older.status, "after a copy" in older.next_step) == ("warning", True)
    with sqlite3.connect(tmp_path / "smot.db") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    (newer,) = await servers.database(embedded)
    assert (newer.status, "9999" in newer.message) == ("error", True)


async def test_a_temporal_server_that_is_gone_is_broken(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = SecretStr(setting(await databases.migrated("postgresql")))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{closed.getsockname()[1]}")
        (finding,) = await servers.temporal(Settings(data=tmp_path, database=database))
    assert (finding.status, "TEMPORAL_ADDRESS" in finding.next_step) == ("error", True)
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(tmp_path / "cert.pem"))
    (finding,) = await servers.temporal(Settings(data=tmp_path, database=database))
    assert (finding.status, "cert.pem" in finding.message) == ("error", True)


async def test_a_provider_or_a_mail_server_that_does_not_answer_is_broken(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{closed.getsockname()[1]}"
        settings = Settings(
            data=tmp_path, psp=f"http://{where}", smtp=SecretStr(f"smtp://{where}?starttls=never")
        )
        findings = [*await external_services.provider(settings), *await external_services.mail(settings)]
    assert [finding.status for finding in findings] == ["error", "error"]
    assert "SMOT_PSP" in findings[0].next_step
    assert "SMOT_SMTP" in findings[1].next_step


def test_a_port_that_is_taken_names_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (finding,) = machine.ports(Settings(data=tmp_path, port=0, temporal_port=taken.getsockname()[1]))
    assert (finding.status, "SMOT_TEMPORAL_PORT" in finding.next_step) == ("error", True)


async def test_a_running_instance_is_recognized_by_its_process_and_its_ports_are_its_own(
    with_temporal: Settings,
) -> None:
    assert str(os.getpid()) in machine.instance(with_temporal).message
    assert [port.status for port in machine.ports(with_temporal)] == ["ok"]


def test_keys_and_folders_that_others_may_open_are_warnings(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    tmp_path.chmod(0o700)
    settings.secrets_file.write_text(base64.b64encode(bytes(32)).decode())
    settings.secrets_file.chmod(0o600)
    assert (machine.folder(settings).status, machine.master_key_of(settings).status) == ("ok", "ok")
    tmp_path.chmod(0o755)
    settings.secrets_file.chmod(0o644)
    for finding in (machine.folder(settings), machine.master_key_of(settings)):
        assert finding.status == "warning"
        assert finding.next_step.startswith("chmod ")
    settings.secrets_file.write_text("short")
    assert machine.master_key_of(settings).status == "error"


def test_a_setting_that_does_not_exist_is_named_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert machine.unknown_settings().status == "ok"
    monkeypatch.setenv("SMOT_DATABSE", "postgresql://smot:hush@127.0.0.1/smot")
    finding = machine.unknown_settings()
    assert finding.status == "warning"
    assert "SMOT_DATABSE (meant SMOT_DATABASE?)" in finding.message
    assert "hush" not in finding.line()


def test_a_temporal_file_of_another_version_is_broken(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert machine.temporal_program(settings).status == "ok"
    (tmp_path / "temporal.db").touch()
    write_version(tmp_path / "temporal.db", "0.1.0")
    assert machine.temporal_program(settings).status == "error"
    assert (
        machine.temporal_program(Settings(data=tmp_path, temporal_binary=tmp_path / "none")).status == "error"
    )


async def test_a_catalogue_that_cannot_be_used_is_named_with_its_entry(tmp_path: Path) -> None:
    assert by_name(await examine(Settings(data=tmp_path, port=0)))["templates"].status == "ok"
    (tmp_path / "fr.po").write_text('msgid "Hello,"\nmsgstr "Bonjour,"\n')
    findings = by_name(await examine(Settings(data=tmp_path, port=0, message_templates=tmp_path)))[
        "templates"
    ]
    assert (findings.status, findings.next_step) == ("error", "correct or remove that file")
    assert " in fr: no entry for " in findings.message
    assert machine.message_templates(Settings(message_templates=tmp_path / "nowhere")).status == "error"
