"""The command `smot demo`: the demo on a fresh instance, and its summary."""

from pathlib import Path
from typing import Any

from rich.console import Console

from demo import run
from demo.instance import InstanceOptions, run_on_instance
from demo.target import Target


async def run_demo(options: InstanceOptions, *, orders: int, seed: int, samples: Path | None) -> int:
    """Run the demo and print its summary; the exit code is 0 when everything held."""

    async def task(target: Target, console: Console) -> dict[str, Any]:
        result = await run.run(
            target, console, orders=orders, seed=seed, samples_folder=samples, with_user=options.keep
        )
        run.print_summary(result, console)
        return result

    return await run_on_instance(task, run.succeeded, options)
