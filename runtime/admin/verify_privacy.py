"""`smot verify --privacy`: whether planted texts stand anywhere in what a deployment keeps."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from runtime.admin.connection import connection_errors, database_stores
from runtime.config.deployment import is_cluster
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.errors import CommandFailed
from runtime.verify.opened_texts import OpenedTexts
from runtime.verify.planted_texts import FoundText, PlantedTextSearch, planted_texts
from store.engine.database import Database


async def search_deployment(
    settings: Settings, texts: Path, also: Sequence[Path], *, opened: bool = False
) -> tuple[list[FoundText], int]:
    """Where the texts of that file stand, and how many places were read. The deployment may run or be stopped.

    opened: also where they stand sealed and the deployment's keys still open it.

    Raises CommandFailed for a file that cannot be read or has too short a text.
    """
    try:
        search = PlantedTextSearch(planted_texts(texts), await _keys(settings) if opened else None)
        missing = [str(path) for path in also if not path.exists()]
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandFailed(f"{texts} cannot be read: {type(problem).__name__}") from None
    except ValueError as problem:
        raise CommandFailed(f"{texts}: {problem}") from None
    if missing:
        raise CommandFailed(f"there is no {missing[0]}")
    roots = [*also, *([] if is_cluster(settings) else [settings.data])]
    found = await asyncio.to_thread(lambda: [*_without(texts, search.in_files(roots))])
    if settings.database is not None and not settings.database_url.startswith("sqlite"):
        found += await _in_servers(settings, search)
    if opened:
        async with database_stores(settings) as stores:
            found += [one async for one in search.in_sealed(stores.db, stores.keys)]
    return [*dict.fromkeys(found)], search.places


async def _keys(settings: Settings) -> OpenedTexts:
    async with database_stores(settings) as stores:
        return await OpenedTexts.of(stores.db, stores.keys)


def _without(texts: Path, found: Iterator[FoundText]) -> Iterator[FoundText]:
    """The list of texts may lie in the folder itself."""
    return (one for one in found if Path(one.place).resolve() != texts.resolve())


async def _in_servers(settings: Settings, search: PlantedTextSearch) -> list[FoundText]:
    with connection_errors(settings):
        db = Database(settings.database_url)
        try:
            found = [one async for one in search.in_database(db)]
            if is_cluster(settings):
                found += [one async for one in search.in_histories(await connect(settings))]
        finally:
            await db.close()
    return found
