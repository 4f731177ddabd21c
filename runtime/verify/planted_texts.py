"""Where planted texts stand: in files, rows of databases and Temporal's histories, also encoded or compressed."""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from temporalio.client import Client

from domain.spellings.search import TextSearch
from runtime.verify.opened_texts import OpenedTexts, opened_answers, opened_bodies
from store.engine.database import Database
from store.privacy.encryption import DeploymentKeys
from store.tables.all import METADATA

_CHUNK: Final = 8 * 1024 * 1024
_OVERLAP: Final = 1024 * 1024  # bytes that are read twice, for what lies across two chunks
_BATCH: Final = 256 * 1024  # bytes of values that are searched together
_BETWEEN: Final = b"\x00\n\x00"  # between two values, so that no text is found across them
_SQLITE: Final = b"SQLite format 3\x00"


class FoundText(NamedTuple):
    """A planted text and where it stands. `number`: its line, from 1; the text itself is not repeated."""

    number: int
    place: str
    form: str

    def line(self) -> str:
        return f"text {self.number}: {self.place} ({self.form})"


def planted_texts(file: Path) -> list[str]:
    """One text a line; blank lines are passed over. Raises ValueError for one that is too short."""
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


class PlantedTextSearch:
    """Searches places for planted texts, each place and form once. `places`: what was read."""

    def __init__(self, texts: list[str], opened: OpenedTexts | None = None) -> None:
        self._search = TextSearch(texts)
        self._opened = opened or OpenedTexts()
        self.places = 0

    def in_files(self, roots: Iterable[Path]) -> Iterator[FoundText]:
        """In every file of these folders: as bytes and, where it is a SQLite database, value by value."""
        for root in roots:
            for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
                if file.is_file() and not file.is_symlink():
                    self.places += 1
                    yield from self._in_file(file)

    def _in_file(self, file: Path) -> Iterator[FoundText]:
        is_database, seen = False, set[FoundText]()
        with file.open("rb") as held:
            tail = b""
            while chunk := held.read(_CHUNK):
                is_database = is_database or (not tail and chunk.startswith(_SQLITE))
                content, tail = tail + chunk, chunk[-_OVERLAP:]
                seen |= {FoundText(hit.number + 1, str(file), hit.form) for hit in self._search.hits(content)}
        yield from sorted(seen)
        if is_database:
            yield from self._in_sqlite(file)

    def _in_sqlite(self, file: Path) -> Iterator[FoundText]:
        """A value may lie on several pages, where the file's bytes do not show it whole."""
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.text_factory = bytes
            try:
                tables = [
                    row[0].decode() for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
                ]
                for table in tables:
                    self.places += 1
                    rows = db.execute(f'SELECT * FROM "{table}"')
                    yield from self._in_rows(f"{file}, table {table}", rows)
            except sqlite3.OperationalError:
                return  # held by its server alone, or gone: its bytes were read

    def _in_rows(self, place: str, rows: Iterable[Iterable[Any]]) -> Iterator[FoundText]:
        seen = set[FoundText]()
        for content in _batches(rows):
            seen |= {FoundText(hit.number + 1, place, hit.form) for hit in self._search.hits(content)}
            for inner in self._opened.inside(content):
                seen |= self._found(inner, place)
        yield from sorted(seen)

    def _found(self, content: bytes, place: str) -> set[FoundText]:
        """In what was sealed and is open now."""
        return {FoundText(hit.number + 1, place, f"sealed: {hit.form}") for hit in self._search.hits(content)}

    async def in_sealed(self, db: Database, keys: DeploymentKeys) -> AsyncIterator[FoundText]:
        """In the bodies of deliveries and in kept answers, which no person's key seals."""
        async for body in opened_bodies(db, keys):
            for one in self._found(body, "table inbox"):
                yield one
        async for answer in opened_answers(db, keys):
            for one in self._found(answer, "table idempotency"):
                yield one

    async def in_database(self, db: Database) -> AsyncIterator[FoundText]:
        """In every row of our tables, for a database that is not a file."""
        for table in METADATA.sorted_tables:
            self.places += 1
            async with db.read() as session:
                connection = await session.connection()
                async with connection.stream(text(f'SELECT * FROM "{table.name}"')) as found:
                    async for page in found.partitions(200):
                        for one in self._in_rows(f"table {table.name}", page):
                            yield one

    async def in_histories(self, client: Client) -> AsyncIterator[FoundText]:
        """In the history of every run that Temporal keeps."""
        async for run in client.list_workflows():
            self.places += 1
            handle = client.get_workflow_handle(run.id, run_id=run.run_id)
            history = (await handle.fetch_history()).to_json().encode()
            for one in self._in_rows(f"history of {run.id}", [[history]]):
                yield one


def _batches(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for row in rows:
        for value in row:
            content = (
                value if isinstance(value, bytes) else str(value).encode() if isinstance(value, str) else b""
            )
            if content:
                held.append(content)
                size += len(content)
        if size > _BATCH:
            yield _BETWEEN.join(held)
            held, size = [], 0
    yield _BETWEEN.join(held)
