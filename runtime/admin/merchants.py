"""`smot merchants`: merchants of a running deployment, set up over HTTP with the platform admin's key.

Each function raises DeploymentUnreachable or RequestRejected.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel

from runtime.admin.connection import DeploymentUnreachable, connection_errors
from runtime.config.deployment import is_cluster
from runtime.config.deployment_file import DeploymentFile
from runtime.config.settings import Settings
from runtime.errors import CommandFailed


class RequestRejected(CommandFailed):
    """The API refused the request; the text is the title of its problem and its errors, `code` the problem's code."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class NoSimulator(CommandFailed):
    """The simulator is wanted, and the deployment names none."""


class CreateMerchantRequest(BaseModel):
    """The request for a new merchant. `clock`: where a sandbox merchant's time begins (ISO 8601)."""

    merchant: str
    name: str
    sandbox: bool
    clock: str | None
    policy: dict[str, Any]


@dataclass(frozen=True)
class AdminApi:
    """The API of a deployment, called with the platform admin's key.

    `psp`, `carrier_simulator`: base URLs of its simulators, where it has them.
    """

    settings: Settings
    base_url: str
    key: str = field(repr=False)
    psp: str | None = None
    carrier_simulator: str | None = None

    async def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        expected: int | tuple[int, ...] = 200,
    ) -> Any:
        """The JSON of the response. Raises RequestRejected for any other status than an expected one."""
        headers = {"Authorization": f"Bearer {self.key}"}
        with connection_errors(self.settings, self.base_url):
            async with (
                aiohttp.ClientSession() as http,
                http.request(method, f"{self.base_url}{path}", json=body, headers=headers) as response,
            ):
                content = await response.json(content_type=None)
        if response.status not in (expected if isinstance(expected, tuple) else (expected,)):
            errors = [f"{error['pointer']}: {error['detail']}" for error in content.get("errors", [])]
            detail = [content["detail"]] if "detail" in content else []
            raise RequestRejected("; ".join([content["title"], *detail, *errors]), content["code"])
        return content


def admin_api(settings: Settings, base_url: str | None) -> AdminApi:
    """The API at that base URL; without one, the API that runs on the data folder."""
    if base_url is None:
        if is_cluster(settings) and not settings.deployment_file.exists():
            raise DeploymentUnreachable(
                "this is a cluster: name its API by --api URL, and set SMOT_ADMIN_KEY to a key of `smot keys admin`"
            )
        with connection_errors(settings):
            running = DeploymentFile.read(settings.deployment_file)
            key = Path(running.admin_key_file).read_text().strip()
        return AdminApi(settings, running.api, key, running.psp, running.carriers)
    if settings.admin_key is None:
        raise DeploymentUnreachable(
            "SMOT_ADMIN_KEY is not set: create a key by `smot keys admin` and keep it there"
        )
    key = settings.admin_key.get_secret_value()
    return AdminApi(settings, base_url.rstrip("/"), key, settings.psp, settings.simulator)


async def add_merchant(api: AdminApi, merchant: CreateMerchantRequest) -> dict[str, str]:
    """Create a merchant; return shell variables: addresses, one key per role, one secret per webhook source."""
    try:
        created = await api.send(
            "POST", "/v1/merchants", merchant.model_dump(exclude_none=True), expected=201
        )
    except RequestRejected as refused:
        if refused.code != "merchant_exists":
            raise
        name = merchant.merchant
        hint = f"`smot keys add {name} ROLE` makes a further key"
        if not is_cluster(api.settings):
            hint = f"`smot env {name}` prints its addresses, {hint}"
        raise RequestRejected(f"a merchant {name} exists; {hint}", refused.code) from None
    keys = {f"{role.upper()}_KEY": key for role, key in created["keys"].items()}
    secrets = {f"{source.upper()}_SECRET": secret for source, secret in created["webhook_secrets"].items()}
    simulators = {"SANDBOX_PSP": api.psp} if api.psp else {}
    if api.carrier_simulator:
        simulators["SANDBOX_CARRIERS"] = api.carrier_simulator
    return {"SMOT_API": api.base_url, **simulators, "MERCHANT": created["merchant"], **keys, **secrets}


async def list_merchants(api: AdminApi) -> list[dict[str, Any]]:
    """All merchants of the platform, the newest first."""
    found, cursor = [], ""
    while True:
        page = await api.send("GET", f"/v1/merchants?limit=100{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def show_merchant(api: AdminApi, name: str) -> dict[str, Any]:
    """One merchant."""
    found: dict[str, Any] = await api.send("GET", _path(name))
    return found


async def rename_merchant(api: AdminApi, name: str, display_name: str) -> dict[str, Any]:
    """Sign the merchant's letters with another name."""
    changed: dict[str, Any] = await api.send("PATCH", _path(name), {"name": display_name})
    return changed


async def pause_merchant(api: AdminApi, name: str, *, hold_letters: bool) -> dict[str, Any]:
    """Start nothing new at a merchant until it is resumed."""
    letters = "hold" if hold_letters else "send"
    paused: dict[str, Any] = await api.send("POST", f"{_path(name)}/pause", {"letters": letters})
    return paused


async def resume_merchant(api: AdminApi, name: str) -> dict[str, Any]:
    """End a merchant's pause."""
    resumed: dict[str, Any] = await api.send("POST", f"{_path(name)}/resume")
    return resumed


def _path(name: str) -> str:
    return f"/v1/merchants/{quote(name, safe='')}"


async def set_carrier_account(api: AdminApi, name: str, account: dict[str, Any]) -> dict[str, Any]:
    """Save the account at a tracking service that polls the merchant's parcels; return it without its key.

    `account["base"]` "simulator" is the carrier simulator of the deployment. Raises NoSimulator.
    """
    if account.get("base") == "simulator":
        if not api.carrier_simulator:
            raise NoSimulator(
                "there is no carrier simulator: set SMOT_SIMULATOR to its address, or the key would go to the real service"
            )
        account = {**account, "base": api.carrier_simulator}
    saved: dict[str, Any] = await api.send("PUT", f"{_path(name)}/carrier-account", account)
    return saved


async def set_secrets(api: AdminApi, name: str, source: str, body: dict[str, Any]) -> str:
    """Save the secrets that sign the webhooks of a source to the merchant; return a sentence that says what was saved."""
    path = f"{_path(name)}/webhook-secrets/{quote(source, safe='')}"
    saved = await api.send("PUT", path, body)
    account = f" of {saved['account']}" if saved["account"] else ""
    return f"{saved['secrets']} secrets sign what {source}{account} sends to {name}"
