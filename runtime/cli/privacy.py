"""`smot privacy …`: requests of persons about their data, and what is kept of one person."""

from typing import Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

app = typer.Typer(
    no_args_is_help=True,
    help="Persons get their data, or have them erased. In the database of SMOT_DATABASE (and SMOT_MASTER_KEY) when it is set, "
    "else in that of the data folder.",
)
Merchant = Annotated[str, typer.Argument(help="The merchant.")]
Email = Annotated[str | None, typer.Option(help="The e-mail address of the person's orders.")]
Phone = Annotated[str | None, typer.Option(help="Their phone number, as +447700900123; counts alone only.")]
Customer = Annotated[str | None, typer.Option(help="The merchant's own id of the customer.")]
Orders = Annotated[list[str] | None, typer.Option("--order", help="An order of theirs; may be repeated.")]


@app.command("list")
@command
async def list_requests(merchant: Merchant, data: Data = DEFAULT_DATA) -> None:
    """List the newest requests: name, kind, state, deadline, orders."""
    from runtime.admin import privacy

    for one in await privacy.requests(settings_of(data=data), merchant):
        typer.echo(f"{one.id}  {one.kind}  {one.state}  due {one.due_at:%Y-%m-%d}  {one.orders} orders")


@app.command()
@command
async def erase(
    merchant: Merchant,
    reason: Annotated[str, typer.Option(help="Why; kept sealed in the audit. It names no person.")],
    email: Email = None,
    phone: Phone = None,
    customer: Customer = None,
    order: Orders = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Erase a person: their key is destroyed, and kept messages about them are emptied. It cannot be undone."""
    from runtime.admin import privacy

    person = privacy.identity(email, phone, customer, order or [])
    settings = settings_of(data=data)
    made = await privacy.make_erasure(settings, merchant, person)
    typer.echo(
        f"{made.id}: {made.orders} orders, of which {made.open_orders} are under way and go on without letters"
    )
    if not yes and not typer.confirm("Erase this person?"):
        await privacy.refuse(settings, merchant, made.id)
        typer.echo("nothing was erased")
        return
    done = await privacy.carry_out(settings, merchant, made.id, reason)
    erased = done.erased
    typer.echo(
        f"{done.state}: {erased.persons} persons, {erased.orders} orders, {erased.deliveries} messages emptied"
    )


@app.command()
@command
async def export(
    merchant: Merchant,
    email: Email = None,
    phone: Phone = None,
    customer: Customer = None,
    order: Orders = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print everything that is kept of a person, one JSON object a line."""
    from runtime.admin import privacy

    person = privacy.identity(email, phone, customer, order or [])
    async for item in privacy.exported(settings_of(data=data), merchant, person):
        typer.echo(item.model_dump_json())


@app.command()
@command
async def retention(
    merchant: Merchant,
    run: Annotated[bool, typer.Option("--run", help="Delete now what is over; else every night.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print how long each kind of data is kept by the merchant's policy, and what the last night deleted."""
    from runtime.admin import privacy

    rules = await privacy.retention(settings_of(data=data), merchant, run=run)
    deleted = rules.last_run.deleted.model_dump() if rules.last_run else {}
    for one in rules.items:
        kept = "until the person is erased" if one.days is None else f"{one.days} days"
        typer.echo(f"{one.kind}: {kept}; deleted last night: {deleted.get(one.kind, 0)}")
    typer.echo(
        f"last run: {rules.last_run.ran_at:%Y-%m-%d %H:%M} UTC" if rules.last_run else "last run: none yet"
    )
