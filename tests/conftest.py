"""Every test that touches the database runs on both kinds; `kind` says which, `-k sqlite` or `-k postgresql` chooses.

Where the database hardly makes a difference, the mark `databases_in_turn` runs each case on one of them. The queries below are
tested on both by tests/store, and `--every-database` runs everything on both.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zlib import crc32

import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.databases import KINDS, Databases, Kind
from tests.next_version import running
from tests.scenarios.shared_deployment import (  # noqa: F401 - fixtures
    deployment,
    deployments,
    http,
    shared_deployments,
)

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-database",
        action="store_true",
        help="run tests marked databases_in_turn on both kinds of database",
    )


@pytest.hookimpl(tryfirst=True)  # before -k and -m choose, so that they do not change what runs on which
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests on PostgreSQL come after all others, so each process changes its deployments once."""
    named = any("::" in one for one in config.args)
    if not named and not config.getoption("--every-database"):
        _take_databases_in_turn(config, items)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Last those that need a deployment on PostgreSQL: it costs a little also while it waits."""
    on_postgresql = "postgresql" in _parameters(item.nodeid)
    return on_postgresql + (on_postgresql and item.nodeid.startswith(("tests/scenarios", "tests/chaos")))


def _take_databases_in_turn(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a marked test's cases keep each on one kind of database, as many on each.

    They follow the Thue-Morse sequence: with plain turns, of a test with two forms one form would never meet one kind.
    """
    taken: dict[str, Kind] = {}
    numbers: Counter[str] = Counter()
    left_out = []
    for item in items:
        kind = next((kind for kind in KINDS if kind in _parameters(item.nodeid)), None)
        if kind is None or item.get_closest_marker("databases_in_turn") is None:
            continue
        file, case = item.nodeid.partition("::")[0], item.nodeid.replace(kind, "*")
        if case not in taken:
            taken[case] = KINDS[(crc32(file.encode()) + numbers[file].bit_count()) % 2]
            numbers[file] += 1
        if taken[case] != kind:
            left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


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
