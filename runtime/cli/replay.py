"""`smot replay …`: real orders of the past, played on a fresh instance."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import Json, command

app = typer.Typer(no_args_is_help=True, help="Real orders of the past, played on a fresh instance.")


@app.callback()
def replay() -> None:
    """Real orders of the past, played over HTTP on a fresh instance with the sandbox clock."""


@app.command()
@command
async def olist(
    file: Annotated[Path, typer.Argument(help="Orders of the Olist data set as CSV, in any of its copies.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only the file's first rows.")] = None,
    seed: Annotated[int, typer.Option(help="Decides which carrier's webhooks report which order.")] = 1,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the instance; by default a new temporary one.")
    ] = None,
    approved_from: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only orders approved on that day or later."),
    ] = None,
    delivered: Annotated[bool, typer.Option("--delivered", help="Only orders that arrived.")] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Only that many of those rows, chosen by the seed.")
    ] = None,
    score: Annotated[
        bool, typer.Option("--score", help="Print how well lead times of delay notices would have predicted.")
    ] = False,
    json_: Json = False,
) -> int:
    """Play the orders of FILE: promised, shipped and delivered as it says; then verify and print a summary.

    Times in the files are local without a zone; they are read as America/Sao_Paulo. A promise is a day and kept until
    its end there. With --score, orders are followed until they arrive, and the output says for each lead time how many
    of the orders at risk came late (docs/adr/0014).

    Exit code 1: something did not hold. Exit code 2: the file is not usable, or the instance did not start.
    """
    from demo.instance import InstanceOptions
    from replay.command import run_replay
    from replay.rows import InvalidOrdersFile, load
    from replay.selection import select_orders
    from runtime.config.data_folder import ensure_data_folder

    since = approved_from.date() if approved_from else None
    try:
        orders = select_orders(load(file, limit), since=since, delivered=delivered, sample=sample, seed=seed)
    except InvalidOrdersFile as problem:
        return print_error(problem)
    if data is not None:
        ensure_data_folder(data)
    return await run_replay(InstanceOptions(data, as_json=json_), orders, seed=seed, score=score)
