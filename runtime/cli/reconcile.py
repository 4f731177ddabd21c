"""`smot reconcile`: carriers and payment providers are asked, and their answers compared with ours."""

import json
from datetime import timedelta
from typing import Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, Json, command, settings_of

app = typer.Typer(
    no_args_is_help=True, help="Ask carriers and payment providers, and compare their answers with ours."
)

Only = Annotated[str | None, typer.Argument(help="Only this merchant.")]


@app.command("parcels")
@command
async def reconcile_parcels(
    merchant: Only = None,
    silent: Annotated[
        int, typer.Option(min=0, max=100_000, help="Only parcels without a scan for that many hours.")
    ] = 0,
    data: Data = DEFAULT_DATA,
    json_: Json = False,
) -> None:
    """Poll every open parcel once at its tracking service, and send the journeys what a lost webhook left out.

    For merchants with an account (`smot merchants carrier-account`), also for orders that are older than the account. In
    the deployment of the data folder; or in a cluster, when SMOT_DATABASE, SMOT_MASTER_KEY and TEMPORAL_ADDRESS are set.
    Safe to repeat.
    """
    from runtime.admin.reconcile import reconcile

    counts = await reconcile(settings_of(data=data), merchant, timedelta(hours=silent))
    for name, count in counts.items():
        typer.echo(
            f"{name}: {count.polled} parcels polled, {count.found} with news, {count.not_found} not found, "
            f"{count.unanswered} unanswered"
        )
    if json_:
        typer.echo(json.dumps({name: count.model_dump() for name, count in counts.items()}))


@app.command("payments")
@command
async def reconcile_payments(
    merchant: Only = None,
    since: Annotated[
        int, typer.Option(min=1, max=400, help="What was made or changed in so many days.")
    ] = 35,
    data: Data = DEFAULT_DATA,
    json_: Json = False,
) -> int:
    """Compare the refunds that each provider lists with the ledger, and print each difference. Nothing is repaired.

    Differences are questions to finance (`GET /v1/payments/differences`). Exit code 1: there are open ones, or a provider's
    list could not be read. In the deployment of the data folder; or in a cluster, when SMOT_DATABASE, SMOT_MASTER_KEY,
    TEMPORAL_ADDRESS and SMOT_PSP are set. Safe to repeat.
    """
    from runtime.admin.reconcile_payments import open_differences, reconcile_payments

    settings, merchants, unread = settings_of(data=data), set[str](), False
    async for one in reconcile_payments(settings, merchant, since):
        if isinstance(one, tuple):
            account, why = one
            unread = True
            typer.echo(f"{account.merchant}: the list of {account.provider} could not be read: {why}")
            continue
        merchants.add(one.merchant)
        typer.echo(
            f"{one.merchant}: {one.refunds} refunds at {one.provider}, {one.legs} in the ledger, {one.elsewhere} of no order "
            f"here; {one.differences} differ, {one.new} of them new, {one.closed} gone"
        )
    found = await open_differences(settings, merchants)
    for name, difference in found:
        typer.echo(
            json.dumps({"merchant": name, **difference.model_dump(mode="json")})
            if json_
            else f"  {name} {difference.id} {difference.kind} {difference.reference or '-'} {difference.leg or '-'}: "
            f"{difference.question} ({difference.owner}, until {difference.deadline:%Y-%m-%d})"
        )
    return 1 if found or unread else 0
