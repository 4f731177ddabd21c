"""`smot merchants …`: merchants of a running deployment, set up over its API."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from runtime.cli import payment_accounts
from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Api, Data, command, settings_of

app = typer.Typer(no_args_is_help=True, help="Merchants of a running deployment.")
app.add_typer(payment_accounts.app, name="payments")

# Those of the registries in runtime/wiring.py, which would take a second to import for `--help`; a test compares them.
SENDERS = ("aftership", "easypost", "generic", "shopify", "woocommerce")
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
    merchant: Annotated[str, typer.Argument(help="Its id: lower-case letters, digits and dashes.")],
    name: Annotated[
        str | None, typer.Option(help="The name with which its letters are signed; without it, the id.")
    ] = None,
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
    document = read_policy(policy).policy.model_dump(mode="json") if policy else {}
    request = merchants.CreateMerchantRequest(
        merchant=merchant, name=name or merchant, sandbox=sandbox, clock=clock, policy=document
    )
    made = await merchants.add_merchant(merchants.admin_api(settings_of(data=data), api), request)
    for variable, value in made.items():
        typer.echo(f"export {variable}={shlex.quote(value)}")
    return 0


@app.command("list")
@command
async def list_merchants(api: Api = None, data: Data = DEFAULT_DATA) -> None:
    """List all merchants: id, name, sandbox or live, paused or active, the version of the policy, age."""
    from runtime.admin import merchants

    for one in await merchants.list_merchants(merchants.admin_api(settings_of(data=data), api)):
        typer.echo(_line(one))


@app.command("show")
@command
async def show_merchant(merchant: MerchantName, api: Api = None, data: Data = DEFAULT_DATA) -> None:
    """Show one merchant."""
    from runtime.admin import merchants

    typer.echo(
        _line(await merchants.show_merchant(merchants.admin_api(settings_of(data=data), api), merchant))
    )


@app.command("rename")
@command
async def rename_merchant(
    merchant: MerchantName,
    name: Annotated[str, typer.Argument(help="The name with which its letters are signed.")],
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Sign a merchant's letters with another name, from the next one on. Its id stays."""
    from runtime.admin import merchants

    await merchants.rename_merchant(merchants.admin_api(settings_of(data=data), api), merchant, name)
    typer.echo(f"letters of {merchant} are signed {name}")


@app.command("pause")
@command
async def pause_merchant(
    merchant: MerchantName,
    hold_letters: Annotated[
        bool, typer.Option("--hold-letters", help="Letters about orders under way wait too.")
    ] = False,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Start nothing new at a merchant: new orders are refused, orders under way go on, webhooks are kept and handled."""
    from runtime.admin import merchants

    admin = merchants.admin_api(settings_of(data=data), api)
    typer.echo(_line(await merchants.pause_merchant(admin, merchant, hold_letters=hold_letters)))


@app.command("resume")
@command
async def resume_merchant(merchant: MerchantName, api: Api = None, data: Data = DEFAULT_DATA) -> None:
    """End a merchant's pause; what waited for it is done now."""
    from runtime.admin import merchants

    typer.echo(
        _line(await merchants.resume_merchant(merchants.admin_api(settings_of(data=data), api), merchant))
    )


def _line(one: dict[str, Any]) -> str:
    kind = "sandbox" if one["sandbox"] else "live"
    letters = ", letters held" if one["letters"] == "hold" else ""
    status = f"paused since {one['paused_at'][:16]}{letters}" if one["paused_at"] else "active"
    name, created = one["name"], one["created_at"][:10]
    return (
        f"{one['merchant']:<20}  {name:<20}  {kind:<7}  {status}  policy {one['policy']}  created {created}"
    )


@app.command("secrets")
@command
async def set_merchant_secrets(
    name: MerchantName,
    source: Annotated[str, typer.Argument(help=f"The sender: {', '.join(SENDERS)}.")],
    account: Annotated[
        str | None,
        typer.Option(help="The merchant's own name there, as acme.myshopify.com or shop.example."),
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
