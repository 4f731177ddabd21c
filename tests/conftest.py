"""Every test that touches the database runs on both kinds; `kind` says which, `-k sqlite` or `-k postgresql` chooses."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.databases import KINDS, Databases, Kind
from tests.next_version import running

settings.register_profile("any machine", deadline=None)  # no example has an absolute time
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """On which kind of database the test runs."""
    chosen: Kind = request.param
    return chosen


@pytest_asyncio.fixture(loop_scope="session")
async def url(databases: Databases, kind: Kind) -> AsyncIterator[str]:
    """A migrated database for one test."""
    made = await databases.migrated(kind)
    yield made
    await databases.drop(made)


@pytest_asyncio.fixture(loop_scope="session")
async def empty(databases: Databases, kind: Kind) -> AsyncIterator[str]:
    """A database without any table."""
    made = await databases.empty(kind)
    yield made
    await databases.drop(made)


@pytest.fixture
def next_version(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Run the code as a made-up next version. Yields the environment in which other processes are of it too."""
    if "url" in request.fixturenames:
        request.getfixturevalue("url")  # which this version creates
    with running(tmp_path) as env:
        yield env


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on PostgreSQL come after all others, so each process changes its deployments once."""
    items.sort(key=lambda item: "postgresql" in _parameters(item.nodeid))


class ByFileAndKind(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of one file on one kind of database run in one process, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return f"{file} postgresql" if "postgresql" in _parameters(nodeid) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling | None:
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return ByFileAndKind(config, log)


def _parameters(nodeid: str) -> list[str]:
    return nodeid.partition("[")[2].rstrip("]").split("-")
