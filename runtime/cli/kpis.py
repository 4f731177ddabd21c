"""`smot kpis`: how it goes, in figures, or the facts that they come from as a file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Data, Json, command, settings_of

if TYPE_CHECKING:
    from domain.figures.report import Figure, Figures
    from services.figures.reports import FigureQuestion

First = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day, with --last.")]
Last = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day.")]
Month = Annotated[
    str | None, typer.Option(help="this_month or last_month, in place of days; beside the month before.")
]


@command
async def kpis(
    merchant: Annotated[str, typer.Argument(help="The merchant.")],
    first: First = None,
    last: Last = None,
    month: Month = None,
    facts: Annotated[
        Path | None,
        typer.Option(help="Write all facts to this file instead, .jsonl or CSV; - is standard output."),
    ] = None,
    json_: Json = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Print the figures of a merchant for some days beside those before; by default the last 30.

    In the deployment of the data folder; or in a cluster, when SMOT_DATABASE and SMOT_MASTER_KEY are set.
    """
    from runtime.admin.kpis import read_figures, write_facts

    question = _question(first, last, month)
    if isinstance(question, str):
        return print_error(question)
    settings = settings_of(data=data)
    if facts is not None:
        typer.echo(f"{await write_facts(settings, merchant, facts)} facts", err=True)
        return 0
    found = await read_figures(settings, merchant, question)
    typer.echo(found.model_dump_json(indent=2) if json_ else "\n".join(_lines(found)))
    return 0


def _question(first: datetime | None, last: datetime | None, month: str | None) -> "FigureQuestion | str":
    """Which figures the options ask for, or what is wrong with them."""
    from domain.figures.months import MonthName
    from domain.figures.report import FigurePeriod
    from services.figures.reports import FigureQuestion

    if (first is None) != (last is None) or (first and last and last < first):
        return "--first and --last come together, in this order"
    named = next((one for one in get_args(MonthName) if one == month), None)
    if month is not None and (named is None or first is not None):
        return "--month is this_month or last_month, and stands in place of --first and --last"
    period = FigurePeriod(first=first.date(), last=last.date()) if first and last else None
    return FigureQuestion(period=period, month=named)


def _lines(found: "Figures") -> Iterator[str]:
    period, previous = found.period, found.previous
    yield (
        f"{period.first} to {period.last}{', today so far' if found.unfinished else ''}, {found.orders} orders; "
        f"before: {previous.first} to {previous.last}"
    )
    yield from map(_line, found.figures)


def _line(figure: "Figure") -> str:
    from domain.model.policy_amounts import in_full

    value, change = (
        "-" if one is None
        else in_full(figure.currency, round(one)) if figure.unit == "money" and figure.currency
        else f"{one:g}"
        for one in (figure.value, figure.change)
    )  # fmt: skip
    return f"{figure.figure:<22} {value:>12} {figure.unit:<10} change {change:>10}   {figure.count} of {figure.of}"
