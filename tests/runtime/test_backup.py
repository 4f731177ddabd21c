"""Backups without a running deployment: what is written, what is checked, and what is refused."""

import base64
import json
import secrets
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from runtime.backup.backup import back_up, copy_keys
from runtime.backup.manifest import BackupUnusable, Manifest
from runtime.backup.restore import NotEmpty, restore
from runtime.config.schema import upgrade_schema
from runtime.config.secrets import master_keys
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from tests.databases import Databases, Kind, setting
from tests.postgres import PROGRAMS


def key() -> SecretStr:
    return SecretStr(base64.b64encode(secrets.token_bytes(32)).decode())


class Instance:
    """A data folder with tables, and the settings of another, empty one."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data=folder / "data")
        self.empty = Settings(data=folder / "other")
        self.backups, self.keys = folder / "backups", folder / "keys"

    async def back_up(self) -> tuple[Path, Manifest]:
        return await back_up(self.settings, self.backups)


@pytest.fixture
async def instance(tmp_path: Path) -> Instance:
    made = Instance(tmp_path)
    made.settings.data.mkdir()
    await upgrade_schema(made.settings)
    master_keys(made.settings)
    (made.settings.data / "admin.key").write_text("smot_admin_key\n")
    with sqlite3.connect(made.settings.data / "temporal.db") as temporal:
        temporal.execute("PRAGMA journal_mode=WAL")
        temporal.execute("CREATE TABLE runs (id TEXT)")
    (made.settings.data / "temporal.db.version").write_text("1.9.1\n")
    return made


async def test_what_is_still_in_the_write_ahead_log_is_in_the_backup_and_no_key_is(
    instance: Instance,
) -> None:
    writing = sqlite3.connect(instance.settings.data / "temporal.db")
    try:
        writing.execute("PRAGMA wal_autocheckpoint=0")
        writing.execute("INSERT INTO runs VALUES ('new')")
        writing.commit()
        folder, manifest = await instance.back_up()
    finally:
        writing.close()
    files = list(folder.iterdir())
    with sqlite3.connect(folder / "temporal.db") as copy:
        assert copy.execute("SELECT id FROM runs").fetchall() == [("new",)]
    assert (manifest.database, manifest.temporal) == ("sqlite", "1.9.1")
    secret = (instance.settings.data / "secrets.key").read_text().strip()
    assert {file.name for file in files} == {
        "manifest.json", "smot.db", "temporal.db", "temporal.db.version",
    }  # fmt: skip
    assert all(secret.encode() not in file.read_bytes() for file in files)
    assert [file for file in (folder, *files) if file.stat().st_mode & 0o077] == []


async def test_a_backup_and_its_keys_make_the_same_instance_again(instance: Instance) -> None:
    folder, _ = await instance.back_up()
    assert copy_keys(instance.settings, instance.keys) == ["secrets.key", "admin.key"]
    assert "nothing to do" in await restore(instance.empty, folder, instance.keys)
    for name in ("secrets.key", "admin.key", "temporal.db.version"):
        assert (instance.empty.data / name).read_text() == (instance.settings.data / name).read_text()
    files = [file for file in instance.empty.data.iterdir() if file.is_file()]
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []
    with pytest.raises(NotEmpty, match=r"smot\.db"):
        await restore(instance.empty, folder, instance.keys)


async def test_another_key_or_none_is_refused_before_anything_is_written(instance: Instance) -> None:
    folder, manifest = await instance.back_up()
    with pytest.raises(CommandFailed, match=f"master key {manifest.master_key} is needed"):
        await restore(instance.empty, folder, None)
    other = instance.empty.model_copy(update={"master_key": key()})
    with pytest.raises(CommandFailed, match="another master key"):
        await restore(other, folder, None)
    assert not (instance.empty.data / "smot.db").exists()
    await restore(other, folder, None, lost_key=True)
    assert (instance.empty.data / "smot.db").exists()


async def test_a_damaged_backup_is_refused(instance: Instance) -> None:
    folder, _ = await instance.back_up()
    with (folder / "smot.db").open("r+b") as file:
        file.seek(100)
        file.write(b"\0\1\2\3")
    with pytest.raises(BackupUnusable, match=r"smot\.db is not as it was written"):
        await restore(instance.empty, folder, None)
    (folder / "manifest.json").unlink()
    with pytest.raises(BackupUnusable, match="holds no backup"):
        await restore(instance.empty, folder, None)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"revision": "9999", "smot": "7.0.0"}, "written by smot 7.0.0 with tables 9999"),
        ({"database": "postgresql"}, "set SMOT_DATABASE"),
        ({"format": 2}, "not one of this version"),
        ({"files": [{"name": "../smot.db", "size": 0, "sha256": ""}]}, "not one of this version"),
        ({"files": [{"name": "/tmp/smot.db", "size": 0, "sha256": ""}]}, "not one of this version"),
    ],
)
async def test_a_backup_of_another_version_or_database_is_refused(
    changed: dict[str, Any], says: str, instance: Instance
) -> None:
    folder, _ = await instance.back_up()
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **changed}))
    with pytest.raises(BackupUnusable, match=says):
        await restore(instance.empty, folder, None)


async def test_there_is_nothing_to_back_up_where_nothing_was_started(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="nothing to back up"):
        await back_up(Settings(data=tmp_path / "data"), tmp_path / "backups")
    assert not (tmp_path / "data").exists(), "a mistyped folder is not created"


async def test_keys_are_never_overwritten_by_others(instance: Instance) -> None:
    instance.keys.mkdir()
    (instance.keys / "secrets.key").write_text("another\n")
    with pytest.raises(CommandFailed, match="never overwritten"):
        copy_keys(instance.settings, instance.keys)


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_postgresql_is_dumped_and_restored_into_an_empty_database_only(
    kind: Kind, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(PROGRAMS / "bin"))
    full = Settings.model_validate(
        {"data": tmp_path, "database": setting(await databases.migrated(kind)), "master_key": key()}
    )
    folder, manifest = await back_up(full, tmp_path / "backups")
    assert ([file.name for file in manifest.files], manifest.temporal) == (["smot.dump"], None)
    with pytest.raises(NotEmpty, match="already has tables"):
        await restore(full, folder, None)
    other = full.model_copy(update={"database": SecretStr(setting(await databases.empty(kind)))})
    assert "nothing to do" in await restore(other, folder, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandFailed, match="pg_dump is not installed"):
        await back_up(full, tmp_path / "others")
    assert list((tmp_path / "others").iterdir()) == [], "written whole or not at all"
