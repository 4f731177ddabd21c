"""`smot merchants add`: make a merchant on a running deployment, over HTTP with the platform admin's key."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from runtime.admin.verify_command import DeploymentUnreachable, connection_errors
from runtime.config.deployment_file import DeploymentFile
from runtime.config.settings import Settings


class RequestRejected(RuntimeError):
    """The deployment refused; the text is its problem's title."""


@dataclass(frozen=True)
class AdminApi:
    """Where merchants are made: the API, the platform admin's key, and the played parties that are known."""

    api: str
    key: str = field(repr=False)
    psp: str | None = None
    carrier_simulator: str | None = None


async def add_merchant(
    settings: Settings,
    name: str,
    *,
    api: str | None,
    sandbox: bool,
    clock: str | None,
    policy: dict[str, Any],
) -> dict[str, str]:
    """Shell variables for the new merchant: addresses, one key per role, one secret per webhook source.

    `api`: base URL of a cluster's API; without it, what runs on the data folder. Raises DeploymentUnreachable or RequestRejected.
    """
    with connection_errors(settings):
        desk = _admin_api(settings, api)
        body = {"merchant": name, "name": name, "sandbox": sandbox, "policy": policy}
        if clock is not None:
            body["clock"] = clock
        async with (
            aiohttp.ClientSession() as http,
            http.post(
                f"{desk.api}/v1/merchants", json=body, headers={"Authorization": f"Bearer {desk.key}"}
            ) as answer,
        ):
            made = await answer.json(content_type=None)
    if answer.status != 201:
        errors = [f"{one['pointer']}: {one['detail']}" for one in made.get("errors", [])]
        raise RequestRejected("; ".join([made["title"], *errors]))
    keys = {f"{role.upper()}_KEY": key for role, key in made["keys"].items()}
    secrets = {f"{source.upper()}_SECRET": secret for source, secret in made["webhook_secrets"].items()}
    provider = {"SANDBOX_PSP": desk.psp} if desk.psp else {}
    if desk.carrier_simulator:
        provider["SANDBOX_CARRIERS"] = desk.carrier_simulator
    return {"SMOT_API": desk.api, **provider, "MERCHANT": made["merchant"], **keys, **secrets}


async def set_carrier_account(
    settings: Settings, name: str, body: dict[str, Any], *, api: str | None
) -> dict[str, Any]:
    """Have that merchant's parcels looked up; what was set, without the key. `base` "simulator": the one that runs here.

    Raises DeploymentUnreachable or RequestRejected.
    """
    with connection_errors(settings):
        desk = _admin_api(settings, api)
        if body.get("base") == "simulator":
            body = {**body, "base": desk.carrier_simulator or ""}
        async with (
            aiohttp.ClientSession() as http,
            http.put(
                f"{desk.api}/v1/merchants/{name}/carrier-account",
                json=body,
                headers={"Authorization": f"Bearer {desk.key}"},
            ) as answer,
        ):
            told: dict[str, Any] = await answer.json(content_type=None)
    if answer.status != 200:
        errors = [f"{one['pointer']}: {one['detail']}" for one in told.get("errors", [])]
        raise RequestRejected("; ".join([told["title"], *errors]))
    return told


async def set_secrets(
    settings: Settings, name: str, source: str, given: list[str], *, api: str | None, account: str | None
) -> str:
    """Set the secrets that sign the deliveries of that source to the merchant; return a sentence that says what was set.

    Raises DeploymentUnreachable or RequestRejected.
    """
    with connection_errors(settings):
        desk = _admin_api(settings, api)
        url = f"{desk.api}/v1/merchants/{quote(name, safe='')}/webhook-secrets/{quote(source, safe='')}"
        body = {"secrets": given} | ({"account": account} if account else {})
        headers = {"Authorization": f"Bearer {desk.key}"}
        async with aiohttp.ClientSession() as http, http.put(url, json=body, headers=headers) as answer:
            told = await answer.json(content_type=None)
    if answer.status != 200:
        errors = [f"{one['pointer']}: {one['detail']}" for one in told.get("errors", [])]
        raise RequestRejected("; ".join([told["title"], *errors]))
    of = f" of {told['account']}" if told["account"] else ""
    return f"{told['secrets']} secrets sign what {source}{of} sends to {name}"


def _admin_api(settings: Settings, api: str | None) -> AdminApi:
    if api is None:
        running = DeploymentFile.read(settings.deployment_file)
        return AdminApi(
            running.api, Path(running.admin_key_file).read_text().strip(), running.psp, running.carriers
        )
    if settings.admin_key is None:
        raise DeploymentUnreachable(
            "SMOT_ADMIN_KEY is not set: make a key by `smot keys admin` and keep it there"
        )
    return AdminApi(api.rstrip("/"), settings.admin_key.get_secret_value(), settings.psp, settings.simulator)
