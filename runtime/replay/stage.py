"""The stage of a replay: a fresh instance, the file's orders on it, and what people read at the end."""

from pathlib import Path
from typing import Any

from rich.console import Console

from runtime.demo.instance import Instance, staged
from runtime.replay import run, scoring
from runtime.replay.rows import Orders


async def perform(
    orders: Orders, *, seed: int, data: Path | None, as_json: bool, score: bool = False
) -> int:  # fmt: skip
    """Play, tell, and say by the exit code whether everything held. `score`: try lead times out instead of living on."""

    async def play(instance: Instance, console: Console) -> dict[str, Any]:
        playing = scoring.run if score else run.run
        found = await playing(
            instance.at["api"], instance.at["psp"], instance.admin_key, orders,
            seed=seed, console=console, verify=instance.verified,
        )  # fmt: skip
        (scoring.tell if score else run.tell)(found, console)
        return found

    went_well = scoring.went_well if score else run.went_well
    return await staged(play, went_well, data=data, as_json=as_json)
