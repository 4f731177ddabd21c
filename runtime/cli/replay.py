"""`smot replay`: real orders of the past through a running deployment."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.shell import Json, print_error, run

app = typer.Typer(no_args_is_help=True, help="Real orders of the past, played through a fresh instance.")


@app.callback()
def replay() -> None:
    """Real orders of the past, played over HTTP against a fresh instance on the sandbox clock."""


@app.command()
def olist(
    file: Annotated[Path, typer.Argument(help="Orders of the Olist data set as CSV, in any of its copies.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only the file's first rows.")] = None,
    seed: Annotated[int, typer.Option(help="Decides which carrier's webhook tells of which order.")] = 1,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the instance; a fresh temporary one by default.")
    ] = None,
    approved_from: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only orders approved on that day or later."),
    ] = None,
    delivered: Annotated[bool, typer.Option("--delivered", help="Only orders that arrived.")] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Only so many of those rows, drawn by the seed.")
    ] = None,
    score: Annotated[
        bool, typer.Option("--score", help="Print how lead times of delay notices would have done.")
    ] = False,
    json_: Json = False,
) -> None:
    """Play the orders of FILE: promised, handed over and delivered as it says; then verify and sum up.

    Times in the files are local and name no zone: they are read as America/Sao_Paulo. A promise is a day and kept until
    its end there. With --score orders are followed until they arrive, and per lead time it is printed how many of the
    orders at risk came late (docs/adr/0014).

    Exit code 1: something did not hold; 2: the file is none, or the instance did not start.
    """
    from replay.command import run_replay
    from replay.rows import InvalidOrdersFile, load
    from replay.selection import select_orders

    since = approved_from.date() if approved_from else None
    try:
        orders = select_orders(load(file, limit), since=since, delivered=delivered, sample=sample, seed=seed)
    except InvalidOrdersFile as problem:
        raise typer.Exit(print_error(problem)) from None
    run(run_replay(orders, seed=seed, data=data, as_json=json_, score=score))
