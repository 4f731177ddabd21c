"""The README's tour does what it shows: its lines are run in a shell, and their output is compared."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

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


def steps() -> list[tuple[str, str]]:
    """(command, what it prints) of every console block, in order."""
    steps_: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps_.append((line[2:], ""))
            else:
                command, printed = steps_[-1]
                steps_[-1] = (command, f"{printed}{line}\n")
    return steps_


async def test_the_tour_prints_what_the_readme_shows(deployment_here: Path) -> None:
    script = "\n".join(f"{command}\necho\necho '{_MARK}'" for command, _ in steps())
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=deployment_here, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "HOME": str(deployment_here)},
    )  # fmt: skip
    out, _ = await asyncio.wait_for(shell.communicate(), PATIENCE)
    printed = out.decode().split(f"{_MARK}\n")
    for (command, expected), got in zip(steps(), printed, strict=False):
        pattern = re.escape(expected.strip()).replace("…", ".*")
        assert re.fullmatch(pattern, got.strip()), f"{command}\nprinted {got.strip()!r}"
    assert len(printed) == len(steps()) + 1
