"""The demo's stage: its play on a fresh instance, and what people read at the end."""

from pathlib import Path
from typing import Any

from rich.console import Console

from runtime.demo import run
from runtime.demo.instance import Instance, staged
from runtime.demo.samples import BadSamples


async def perform(
    *, orders: int, seed: int, data: Path | None, samples: Path | None, keep: bool, as_json: bool
) -> int:
    """Play, tell, and say by the exit code whether everything held."""

    async def play(instance: Instance, console: Console) -> dict[str, Any]:
        found = await run.run(
            instance.at["api"], instance.at["psp"], instance.admin_key,
            orders=orders, seed=seed, data=samples, console=console, verify=instance.verified,
        )  # fmt: skip
        run.tell(found, console)
        return found

    return await staged(play, run.went_well, data=data, keep=keep, as_json=as_json, unplayable=BadSamples)
