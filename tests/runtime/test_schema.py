"""A database of another version: upgraded after a copy, or refused; never changed by processes that share it."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.actors import Role
from runtime.config.schema import migrate, require_current, state_of, upgrade_schema
from runtime.config.settings import Settings
from runtime.errors import StartupError
from store.engine import revision
from store.engine.database import Database
from store.merchants.api_keys import ApiKeys, KeyToCreate
from tests.databases import Databases, Kind, setting
from tests.keys import deployment_keys

Make = Callable[[Kind], Awaitable[Settings]]


@pytest.fixture
def settings_for(databases: Databases, tmp_path: Path) -> Make:
    async def make(kind: Kind) -> Settings:
        if kind == "sqlite":
            return Settings(data=tmp_path)
        return Settings(data=tmp_path, database=SecretStr(setting(await databases.empty(kind))))

    return make


async def test_a_database_goes_forward_and_back_and_keeps_what_it_holds(
    settings_for: Make, kind: Kind, next_version: dict[str, str]
) -> None:
    settings = await settings_for(kind)
    assert (await state_of(settings)).status == "empty"
    with pytest.raises(StartupError, match=r"no tables yet: run `smot migrate`"):
        await require_current(settings)
    assert f"from nothing to {revision.latest_revision()}" in await migrate(settings, None)
    await require_current(settings)
    assert "nothing to do" in await migrate(settings, None)
    key = await _key(settings)
    assert f"back from {revision.latest_revision()} to 0001" in await migrate(settings, "0001")
    assert (await state_of(settings)).status == "older"
    with pytest.raises(StartupError, match=r"older tables \(0001\): run `smot migrate`"):
        await require_current(settings)
    report = await upgrade_schema(settings)
    assert f"from 0001 to {revision.latest_revision()}" in report
    assert ("smot.db.before-0001" in report) == (kind == "sqlite")
    assert await _holds(settings, key)


async def test_a_newer_database_and_an_unknown_revision_are_refused(settings_for: Make, kind: Kind) -> None:
    settings = await settings_for(kind)
    await migrate(settings, None)
    with pytest.raises(StartupError, match=r"no revision 4711; there are 0001"):
        await migrate(settings, "4711")
    db = Database(settings.database_url)
    async with db.writer.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await db.close()
    for attempt in (require_current(settings), upgrade_schema(settings), migrate(settings, "0001")):
        with pytest.raises(StartupError, match=r"newer version of smot \(revision 9999"):
            await attempt


async def test_the_copy_of_a_file_is_whole_and_private(tmp_path: Path, next_version: dict[str, str]) -> None:
    settings = Settings(data=tmp_path)
    await migrate(settings, None)
    key = await _key(settings)
    open_elsewhere = sqlite3.connect(tmp_path / "smot.db")  # so that the log is not folded into the file
    open_elsewhere.execute("SELECT count(*) FROM api_keys").fetchone()
    await migrate(settings, "0001")
    await upgrade_schema(settings)
    open_elsewhere.close()
    copy = tmp_path / "smot.db.before-0001"
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert kept.execute("SELECT count(*) FROM api_keys").fetchall() == [(1,)]
    assert await _holds(settings, key)
    assert not [*tmp_path.glob("*.part")]


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "smot.db").write_text("these are not the tables that you are looking for" * 100)
    with pytest.raises(StartupError, match=r"smot\.db cannot be used: file is not a database"):
        await upgrade_schema(Settings(data=tmp_path))


async def _key(settings: Settings) -> str:
    db = Database(settings.database_url)
    try:
        made = await ApiKeys(db, deployment_keys(b"x" * 32)).create(None, KeyToCreate(Role.ADMIN))
        assert made is not None
        return made.text
    finally:
        await db.close()


async def _holds(settings: Settings, key: str) -> bool:
    db = Database(settings.database_url)
    try:
        return await ApiKeys(db, deployment_keys(b"x" * 32)).authenticate(key) is not None
    finally:
        await db.close()
