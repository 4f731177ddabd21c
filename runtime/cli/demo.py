"""`smot demo`: the demo shop on a fresh instance."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.shell import Json, command


@command
async def demo(
    orders: Annotated[int, typer.Option(min=25, max=2000, help="How many orders are played.")] = 25,
    seed: Annotated[int, typer.Option(help="Decides baskets, scenarios and times.")] = 1,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the instance; by default a new temporary one.")
    ] = None,
    samples: Annotated[Path | None, typer.Option(help="Folder with other baskets and scan shapes.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running at the end, until Ctrl-C.")
    ] = False,
    json_: Json = False,
) -> int:
    """Play a shop's orders over HTTP on a fresh instance: delays, returns, refunds; then verify and print a summary."""
    from demo.command import run_demo
    from demo.instance import InstanceOptions
    from demo.samples import FOLDER, InvalidSamples, load
    from runtime.config.data_folder import ensure_data_folder
    from runtime.errors import CommandFailed

    try:
        load(samples or FOLDER)  # before anything is started
    except InvalidSamples as problem:
        raise CommandFailed(str(problem)) from problem
    if data is not None:
        ensure_data_folder(data)
    options = InstanceOptions(data, keep, json_, expected_error=InvalidSamples)
    return await run_demo(options, orders=orders, seed=seed, samples=samples)
