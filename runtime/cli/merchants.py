"""`smot merchants …`: merchants of a running deployment, set up over its API."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Api, Data, command, settings_of

app = typer.Typer(no_args_is_help=True, help="Merchants of a running deployment.")

MerchantName = Annotated[str, typer.Argument(help="The merchant.")]


@app.command("carrier-account")
@command
async def carrier_account(
    name: MerchantName,
    source: Annotated[str, typer.Argument(help="easypost or aftership.")],
    key_file: Annotated[
        Path, typer.Option("--key-file", help="File with the source's API key; - reads standard input.")
    ],
    base: Annotated[
        str,
        typer.Option(help="Another base URL than the source's own; `simulator` for the one that runs here."),
    ] = "",
    per_minute: Annotated[int, typer.Option(help="Calls a minute of all workers together.")] = 300,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Poll the merchant's parcels at a tracking service, in addition to its webhooks. The key is not shown again."""
    from runtime.admin.merchants import admin_api, set_carrier_account

    key = (sys.stdin.read() if str(key_file) == "-" else key_file.read_text()).strip()
    account = {"source": source, "key": key, "base": base, "per_minute": per_minute}
    saved = await set_carrier_account(admin_api(settings_of(data=data), api), name, account)
    where = saved["base"] or "its own address"
    typer.echo(
        f"parcels of {name} are polled at {saved['source']} ({where}), {saved['per_minute']} calls a minute"
    )


@app.command("add")
@command
async def add_merchant(
    name: Annotated[str, typer.Argument(help="Its id: lower-case letters, digits and dashes.")],
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Its clock is moved by command.")] = False,
    clock: Annotated[
        str | None, typer.Option(help="Where a sandbox merchant's clock begins (ISO 8601).")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="A policy document; without it, the default policy.")
    ] = None,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> int:
    """Create a merchant and print its keys and secrets, once, as lines for a shell's eval.

    In the deployment of the data folder, or with --api in any other.
    """
    from runtime.admin import merchants
    from runtime.config.policies import read_policy

    if clock is not None and not sandbox:
        return print_error("--clock is for --sandbox merchants; others live in real time")
    document = read_policy(policy).model_dump(mode="json") if policy else {}
    merchant = merchants.CreateMerchantRequest(
        merchant=name, name=name, sandbox=sandbox, clock=clock, policy=document
    )
    made = await merchants.add_merchant(merchants.admin_api(settings_of(data=data), api), merchant)
    for variable, value in made.items():
        typer.echo(f"export {variable}={shlex.quote(value)}")
    return 0


@app.command("secrets")
@command
async def set_merchant_secrets(
    name: MerchantName,
    source: Annotated[str, typer.Argument(help="The sender: shopify, easypost, generic.")],
    account: Annotated[
        str | None, typer.Option(help="The merchant's own name there, as acme.myshopify.com.")
    ] = None,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Set the secrets that a source signs the merchant's webhooks with, read from standard input, one a line.

    Give two lines while a secret is being replaced. With no line at all, webhooks of that source are refused.
    """
    from runtime.admin.merchants import admin_api, set_secrets

    secrets = [line.strip() for line in typer.get_text_stream("stdin") if line.strip()]
    body = {"secrets": secrets} | ({"account": account} if account else {})
    typer.echo(await set_secrets(admin_api(settings_of(data=data), api), name, source, body))
