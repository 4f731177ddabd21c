"""The command `smot replay`: the orders of a file on a fresh instance, and the summary or the score."""

from typing import Any

from rich.console import Console

from demo.instance import InstanceOptions, run_on_instance
from demo.target import Target
from replay import run, scoring
from replay.rows import OrdersFile


async def run_replay(options: InstanceOptions, orders: OrdersFile, *, seed: int, score: bool = False) -> int:
    """Run the replay and print its summary; the exit code is 0 when everything held.

    `score`: try lead times of delay notices out, and end when the last order has arrived.
    """

    async def task(target: Target, console: Console) -> dict[str, Any]:
        result = await (scoring.run if score else run.run)(target, orders, seed=seed, console=console)
        (scoring.print_summary if score else run.print_summary)(result, console)
        return result

    return await run_on_instance(task, scoring.succeeded if score else run.succeeded, options)
