"""A full disk: acknowledged writes are kept, a failed write is reported as such, and with room again the work goes on."""

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from store.engine.database import Database
from store.engine.db_errors import is_transient
from store.inbox.inbox import InboundDelivery, Inbox
from store.merchants.merchants import Merchants, NewMerchant
from store.migrations import upgrade
from tests.builders import PLACED
from tests.databases import Databases, Kind, with_driver
from tests.store.conftest import MASTER

ROOM = 24  # megabytes
_BALLAST = 8


@pytest.fixture
def small() -> Iterator[Path]:
    """A small file system in memory; the server, which is not root, may enter it."""
    place = Path(tempfile.mkdtemp(prefix="smot-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m,mode=0777", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        place.rmdir()
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
    place.rmdir()


@pytest_asyncio.fixture(loop_scope="session")
async def small_database(databases: Databases, kind: Kind, small: Path) -> AsyncIterator[Database]:
    """A migrated database there, and a file that takes up a third of the room."""
    (small / "ballast").write_bytes(b"\0" * _BALLAST * 2**20)
    if kind == "sqlite":
        url = f"sqlite+aiosqlite:///{small / 'smot.db'}"
    else:
        server = databases.postgres
        server.own(small)
        await server.do(f"CREATE TABLESPACE small LOCATION '{small}'")
        await server.do("CREATE DATABASE small TABLESPACE small")
        url = with_driver(server.url("small"))
    await upgrade(url)
    db = Database(url)
    await Merchants(db, MASTER).create(NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED))
    yield db
    await db.close()
    if kind == "postgresql":
        await server.drop("small")
        await server.do("DROP TABLESPACE small")


async def fill(inbox: Inbox, name: Callable[[int], str]) -> tuple[list[str], BaseException]:
    """Accept deliveries of 60 kB until there is no room. Returns those that were accepted, and the last error."""
    taken: list[str] = []
    for number in range(2000):
        try:
            await inbox.accept(InboundDelivery("acme", "generic", name(number), os.urandom(60_000), PLACED))
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is looked at
            return taken, problem
        taken.append(name(number))
    raise AssertionError("there was room for everything")


async def test_a_full_disk_loses_nothing_that_was_accepted_and_goes_on_when_there_is_room(
    small_database: Database, small: Path
) -> None:
    inbox = Inbox(small_database, MASTER)
    taken, problem = await fill(inbox, lambda n: f"evt_{n}")
    assert is_transient(problem), repr(problem)
    assert len(taken) > 20
    with pytest.raises(Exception) as again:
        await inbox.accept(InboundDelivery("acme", "generic", "again", os.urandom(200_000), PLACED))
    assert is_transient(again.value)
    (small / "ballast").unlink()
    for number in range(20):
        name = f"later_{number}"
        assert (
            await inbox.accept(InboundDelivery("acme", "generic", name, os.urandom(60_000), PLACED)) == "new"
        )
        taken.append(name)
    kept = [row.delivery_id for row in (await inbox.page("acme", "received", limit=5000)).items]
    assert kept == taken
    assert "again" not in kept
