"""`smot replay`: real orders of the past through a running deployment."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.shell import Json, complain, run

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
    json_: Json = False,
) -> None:
    """Play the orders of FILE: promised, handed over and delivered as it says; then verify and sum up.

    Times in the files are local and name no zone: they are read as America/Sao_Paulo. A promise is a day and kept until
    its end there. Exit code 1: something did not hold; 2: the file is none, or the instance did not start.
    """
    from runtime.replay.rows import BadFile, load
    from runtime.replay.stage import perform

    try:
        orders = load(file, limit)
    except BadFile as problem:
        raise typer.Exit(complain(problem)) from None
    run(perform(orders, seed=seed, data=data, as_json=json_))
