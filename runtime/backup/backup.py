"""`smot backup`: the databases of a deployment in one new folder, while it runs, in the order in which they may be restored.

Temporal's database first, the store after it, the simulators last. A journey that is older than the store reloads its order and
goes on; a payment that the provider has and the store has not is looked up before it would be sent again.
"""

import asyncio
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from runtime.backup import postgres_tools
from runtime.backup.manifest import NAME, Manifest, described, program_version
from runtime.config.deployment import is_cluster
from runtime.config.private_file import create_file
from runtime.config.schema import state_of
from runtime.config.secrets import key_ring
from runtime.config.settings import Settings
from runtime.config.sqlite_copy import copy_sqlite
from runtime.errors import CommandFailed
from store.engine.database import Database
from store.privacy.encryption import MasterKeyRing
from store.privacy.root_key import read_active

TEMPORAL, STORE, DUMP = "temporal.db", "smot.db", "smot.dump"
SIMULATORS = ("psp.db", "carriers.db")
TEMPORAL_VERSION = "temporal.db.version"


async def back_up(settings: Settings, parent: Path) -> tuple[Path, Manifest]:
    """Create a folder below `parent`, named after the time, and return it: written whole or not at all. Raises CommandFailed."""
    revision = await _revision(settings)
    ring = _existing_master_keys(settings)
    key = await _active_key(settings) or ring.ids[-1]
    made_at = datetime.now(UTC).replace(microsecond=0)
    folder = parent / f"smot-{made_at:%Y%m%dT%H%M%SZ}"
    fresh = folder.with_name(f"{folder.name}.part")
    try:
        await asyncio.to_thread(fresh.mkdir, mode=0o700, parents=True)
    except FileExistsError:
        raise CommandFailed(f"another backup writes {folder} now") from None
    try:
        await _copy_databases(settings, fresh)
        manifest = await asyncio.to_thread(_manifest, fresh, settings, made_at, revision, key)
        await asyncio.to_thread(fresh.rename, folder)
    except sqlite3.Error as problem:
        raise CommandFailed(f"a database could not be copied: {problem}") from problem
    finally:
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
    return folder, manifest


def _manifest(fresh: Path, settings: Settings, made_at: datetime, revision: str, key: str) -> Manifest:
    """Write the manifest of the files of the folder. key: id of the master key."""
    version = fresh / TEMPORAL_VERSION
    manifest = Manifest(
        made_at=made_at,
        smot=program_version(),
        revision=revision,
        database="sqlite" if settings.database is None else "postgresql",
        temporal=version.read_text().strip() if version.exists() else None,
        master_key=key,
        files=[described(file) for file in sorted(fresh.iterdir())],
    )
    create_file(fresh / NAME, manifest.model_dump_json(indent=2) + "\n")
    return manifest


def copy_keys(settings: Settings, keys: Path) -> list[str]:
    """Copy the key files of `smot up` to another folder, for their owner only; return their names. Raises CommandFailed."""
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [file for file in (settings.secrets_file, settings.admin_key_file) if file.exists()]
    for file in files:
        target = keys / file.name
        if not target.exists():
            create_file(target, file.read_text().strip() + "\n")
        elif target.read_text().strip() != file.read_text().strip():
            raise CommandFailed(f"{target} holds another key: it is never overwritten")
    return [file.name for file in files]


async def _revision(settings: Settings) -> str:
    if settings.database is None and not (settings.data / STORE).exists():
        raise CommandFailed(f"there is nothing to back up in {settings.data}")
    state = await state_of(settings)
    if state.revision is None:
        raise CommandFailed("the database has no tables yet: there is nothing to back up")
    return state.revision


async def _active_key(settings: Settings) -> str | None:
    """The id of the master key that the deployment seals with; None before its first start."""
    db = Database(settings.database_url)
    try:
        return await read_active(db)
    finally:
        await db.close()


def _existing_master_keys(settings: Settings) -> MasterKeyRing:
    if settings.master_key is None and not settings.secrets_file.exists():
        raise CommandFailed(
            "SMOT_MASTER_KEY is not set: set it, so that the backup names the key that opens it"
        )
    return key_ring(settings)


async def _copy_databases(settings: Settings, fresh: Path) -> None:
    local = not is_cluster(settings)
    if local:
        await asyncio.to_thread(_copy, settings.data / TEMPORAL, fresh)
        await asyncio.to_thread(_copy_text, settings.data / TEMPORAL_VERSION, fresh)
    if settings.database is None:
        await asyncio.to_thread(_copy, settings.data / STORE, fresh)
    else:
        await postgres_tools.dump(settings, fresh / DUMP)
    for name in SIMULATORS if local else ():
        await asyncio.to_thread(_copy, settings.data / name, fresh)


def _copy(source: Path, folder: Path) -> None:
    if source.exists():
        copy_sqlite(source, folder / source.name)


def _copy_text(source: Path, folder: Path) -> None:
    if source.exists():
        create_file(folder / source.name, source.read_text().strip() + "\n")


def bytes_of(manifest: Manifest) -> int:
    """The size of the backup in bytes."""
    return sum(file.size for file in manifest.files)


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path is that folder or below it."""
    return os.path.commonpath((path.resolve(), folder.resolve())) == str(folder.resolve())
