"""The demo's stage: its play on a fresh instance, and what people read at the end."""

from pathlib import Path
from typing import Any

from rich.console import Console

from demo import run
from demo.instance import Instance, run_on_instance
from demo.samples import BadSamples


async def run_demo(
    *, orders: int, seed: int, data: Path | None, samples: Path | None, keep: bool, as_json: bool
) -> int:
    """Play, tell, and say by the exit code whether everything held."""

    async def play(instance: Instance, console: Console) -> dict[str, Any]:
        found = await run.run(
            instance.addresses["api"], instance.addresses["psp"], instance.admin_key,
            orders=orders, seed=seed, data=samples, console=console, verify=instance.verify,
        )  # fmt: skip
        run.print_summary(found, console)
        return found

    return await run_on_instance(
        play, run.succeeded, data=data, keep=keep, as_json=as_json, expected_error=BadSamples
    )
