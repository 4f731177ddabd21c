"""The tours do what they show: their lines are run in a shell, and what they print is compared."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.adapters.stripe_stand_in import StandIn
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment

ROOT = Path(__file__).parent.parent
_MARK = "-- end of step --"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def deployment_here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A deployment in `./.smot` of an empty folder, as the README has it, with the checkout's files beside it."""
    here: Path = tmp_path_factory.mktemp("tour")
    for name in ("samples", ".venv"):
        (here / name).symlink_to(ROOT / name)
    deployment = Deployment(here / ".smot")
    await deployment.open()
    yield here
    await deployment.close()


def steps(page: str) -> list[tuple[str, str]]:
    """(command, what it prints) of every console block, in order."""
    steps_: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps_.append((line[2:], ""))
            else:
                command, printed = steps_[-1]
                steps_[-1] = (command, f"{printed}{line}\n")
    return steps_


async def follow(here: Path, page: str) -> None:
    """Run the page's lines and compare what they print."""
    wanted = steps(page)
    script = "\n".join(f"{command}\necho\necho '{_MARK}'" for command, _ in wanted)
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=here, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "HOME": str(here)},
    )  # fmt: skip
    out, _ = await asyncio.wait_for(shell.communicate(), PATIENCE)
    printed = out.decode().split(f"{_MARK}\n")
    for (command, expected), got in zip(wanted, printed, strict=False):
        pattern = re.escape(expected.strip()).replace("…", ".*")
        assert re.fullmatch(pattern, got.strip()), f"{command}\nprinted {got.strip()!r}"
    assert len(printed) == len(wanted) + 1


async def test_the_tour_prints_what_the_readme_shows(deployment_here: Path) -> None:
    await follow(deployment_here, (ROOT / "README.md").read_text())


async def test_the_tour_with_stripe_prints_what_its_page_shows(deployment_here: Path) -> None:
    stripe = StandIn(deployment_here / "stripe.sqlite")
    await stripe.start()
    try:
        page = (ROOT / "docs" / "stripe-tour.md").read_text()
        await follow(deployment_here, page.replace("http://localhost:8790", stripe.base))
    finally:
        await stripe.end()
