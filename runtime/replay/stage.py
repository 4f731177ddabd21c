"""The stage of a replay: a fresh instance, the file's orders on it, and what people read at the end."""

from pathlib import Path
from typing import Any

from rich.console import Console

from runtime.demo.instance import Instance, staged
from runtime.replay import run
from runtime.replay.rows import Orders


async def perform(orders: Orders, *, seed: int, data: Path | None, as_json: bool) -> int:
    """Play, tell, and say by the exit code whether everything held."""

    async def play(instance: Instance, console: Console) -> dict[str, Any]:
        found = await run.run(
            instance.at["api"], instance.at["psp"], instance.admin_key, orders,
            seed=seed, console=console, verify=instance.verified,
        )  # fmt: skip
        run.tell(found, console)
        return found

    return await staged(play, run.went_well, data=data, as_json=as_json)
