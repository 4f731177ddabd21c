"""`smot restore`: fill an empty deployment from a backup, after its files, versions and master key were checked."""

import asyncio
import os
import shutil
from pathlib import Path

from runtime.backup import postgres_tools
from runtime.backup.backup import DUMP, TEMPORAL
from runtime.backup.manifest import BackupUnusable, Manifest, program_version
from runtime.config.data_folder import ensure_data_folder, lock_database
from runtime.config.private_file import create_file
from runtime.config.schema import state_of, upgrade_schema
from runtime.config.secrets import key_ring
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from store.engine.database import Database
from store.engine.revision import all_revisions
from store.privacy.root_key import forget_root

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class NotEmpty(CommandFailed):
    """There is something where the backup would go; the text names it."""


async def restore(settings: Settings, folder: Path, keys: Path | None, *, lost_key: bool = False) -> str:
    """Restore into the empty database of the settings, or into a data folder without databases; return what was done.

    `keys`: folder with `secrets.key`, and `admin.key` if it is to be kept. `lost_key`: restore what no key has to open.
    Raises CommandFailed, StartupError: then the deployment is as empty as before.
    """
    manifest = await asyncio.to_thread(Manifest.read, folder)
    _check_versions(settings, manifest)
    await asyncio.to_thread(ensure_data_folder, settings.data)
    lock = await lock_database(settings.data / TEMPORAL)
    try:
        await _require_empty(settings, manifest)
        _check_key(settings, manifest, keys, lost_key=lost_key)
        await _fill(settings, folder, manifest)
        if keys is not None:
            await asyncio.to_thread(_copy_keys, settings, keys)
        tables = await upgrade_schema(settings)
        if lost_key:
            await _forget_root(settings)
        return f"restored what smot {manifest.smot} had at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC; {tables}"
    finally:
        os.close(lock)


async def _forget_root(settings: Settings) -> None:
    """The root key cannot be opened any more; the next start makes another one, so that the deployment starts at all."""
    db = Database(settings.database_url)
    try:
        await forget_root(db)
    finally:
        await db.close()


async def _fill(settings: Settings, folder: Path, manifest: Manifest) -> None:
    """Copy the files and fill the database. After a failure no file is left."""
    files = [settings.data / file.name for file in manifest.files if file.name != DUMP]
    try:
        for file in files:
            await asyncio.to_thread(_copy, folder / file.name, file)
        if manifest.database == "postgresql":
            await postgres_tools.restore(settings, folder / DUMP)
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        raise


def _check_versions(settings: Settings, manifest: Manifest) -> None:
    if manifest.revision not in all_revisions():
        raise BackupUnusable(
            f"the backup was written by smot {manifest.smot} with tables {manifest.revision}, which smot "
            f"{program_version()} does not know: restore it with that version"
        )
    wanted = "sqlite" if settings.database is None else "postgresql"
    if manifest.database != wanted:
        raise BackupUnusable(
            f"the backup is of a {manifest.database} database and this is a {wanted} one: "
            + ("set SMOT_DATABASE" if wanted == "sqlite" else "unset SMOT_DATABASE")
        )


async def _require_empty(settings: Settings, manifest: Manifest) -> None:
    found = [file.name for file in manifest.files if (settings.data / file.name).exists()]
    if found:
        raise NotEmpty(f"{settings.data} already has {', '.join(found)}: restore into an empty folder")
    if manifest.database == "postgresql" and (await state_of(settings)).status != "empty":
        raise NotEmpty("the database of SMOT_DATABASE already has tables: restore into an empty one")


def _check_key(settings: Settings, manifest: Manifest, keys: Path | None, *, lost_key: bool) -> None:
    """The key that will be used is that of the backup."""
    if lost_key:
        return
    kept = settings.secrets_file.exists()  # a key in the data folder stays, and is the one that will be used
    given = settings.model_copy(update={"data": keys}) if keys is not None and not kept else settings
    if given.master_key is None and not given.secrets_file.exists():
        raise CommandFailed(
            f"the master key {manifest.master_key} is needed: set SMOT_MASTER_KEY, or say by --keys where secrets.key is"
        )
    if manifest.master_key not in key_ring(given).ids:
        raise CommandFailed(
            f"this is another master key than the backup's ({manifest.master_key}): names and addresses would stay sealed"
        )


def _copy(source: Path, target: Path) -> None:
    """For its owner only, from the first byte."""
    with source.open("rb") as old, os.fdopen(os.open(target, _NEW, 0o600), "wb") as new:
        shutil.copyfileobj(old, new)


def _copy_keys(settings: Settings, keys: Path) -> None:
    for target in (settings.secrets_file, settings.admin_key_file):
        source = keys / target.name
        if source.exists() and not target.exists():
            create_file(target, source.read_text().strip() + "\n")
