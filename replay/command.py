"""The stage of a replay: a fresh instance, the file's orders on it, and what people read at the end."""

from pathlib import Path
from typing import Any

from rich.console import Console

from demo.instance import Instance, run_on_instance
from replay import run, scoring
from replay.rows import OrdersFile


async def run_replay(
    orders: OrdersFile, *, seed: int, data: Path | None, as_json: bool, score: bool = False
) -> int:  # fmt: skip
    """Play, tell, and say by the exit code whether everything held. `score`: try lead times out instead of living on."""

    async def play(instance: Instance, console: Console) -> dict[str, Any]:
        playing = scoring.run if score else run.run
        found = await playing(
            instance.addresses["api"], instance.addresses["psp"], instance.admin_key, orders,
            seed=seed, console=console, verify=instance.verify,
        )  # fmt: skip
        (scoring.print_summary if score else run.print_summary)(found, console)
        return found

    went_well = scoring.succeeded if score else run.succeeded
    return await run_on_instance(play, went_well, data=data, as_json=as_json)
