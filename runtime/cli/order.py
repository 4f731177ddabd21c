"""`smot order`: the life of one order, as lines or as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

if TYPE_CHECKING:
    from services.orders.life_picture import LifeEvent


@command
async def order(
    merchant: Annotated[str, typer.Argument(help="The merchant.")],
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="The shop's order id, or ours.")],
    svg: Annotated[
        Path | None, typer.Option(help="Write a picture to this file instead; - is standard output.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print what happened to an order and what is planned, or write it as a picture.

    In the deployment of the data folder; or in a cluster, when SMOT_DATABASE, SMOT_MASTER_KEY and TEMPORAL_ADDRESS are set.
    """
    from runtime.admin.order_life import read_life
    from runtime.config.private_file import replace_file
    from services.orders.life_picture import draw_life

    life = await read_life(settings_of(data=data), merchant, order_id)
    if svg is None:
        typer.echo("\n".join([life.title, *map(_line, life.events)]))
    elif str(svg) == "-":
        typer.echo(draw_life(life), nl=False)
    else:
        replace_file(svg, draw_life(life))


def _line(event: "LifeEvent") -> str:
    mark = "○" if event.planned else "●"
    return f"{event.at:%Y-%m-%d %H:%M} {mark} {event.lane:<8} {event.label}"
