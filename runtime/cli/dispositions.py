"""`smot dispositions`: what became of goods that came back, for the yearly disclosure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

if TYPE_CHECKING:
    from services.figures.dispositions import DispositionTable


@command
async def dispositions(
    merchant: Annotated[str, typer.Argument(help="The merchant.")],
    year: Annotated[int, typer.Option(min=2000, max=2999, help="The year of the decisions.")],
    as_: Annotated[
        Literal["table", "csv", "json"], typer.Option("--as", help="How it is printed.")
    ] = "table",
    data: Data = DEFAULT_DATA,
) -> int:
    """Print what became of goods that came back: by customs code, disposition and reason, with each share.

    In the deployment of the data folder; or in a cluster, when SMOT_DATABASE and SMOT_MASTER_KEY are set.
    """
    from runtime.admin.dispositions import read_dispositions
    from services.figures.dispositions import csv_of_dispositions

    table = await read_dispositions(settings_of(data=data), merchant, year)
    match as_:
        case "csv":
            typer.echo(csv_of_dispositions(table).decode(), nl=False)
        case "json":
            typer.echo(table.model_dump_json(indent=2))
        case _:
            typer.echo("\n".join(_lines(table)))
    return 0


def _lines(table: "DispositionTable") -> Iterator[str]:
    yield f"{table.year}: {table.units} units, {table.discarded} of them discarded"
    for row in table.rows:
        code = row.commodity_code or "-"
        yield f"{code:<10} {row.disposition:<10} {row.reason:<24} {row.units:>8} {row.share:>7.2f} %"
