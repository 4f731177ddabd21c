"""`smot merchants add`: make a merchant on a running deployment, over HTTP with the admin's key."""

from pathlib import Path
from typing import Any

import aiohttp

from runtime.checking import reaching
from runtime.running import Running
from runtime.settings import Settings


class NotMade(RuntimeError):
    """The deployment refused; the text is its problem's title."""


async def add_merchant(
    settings: Settings, name: str, *, sandbox: bool, clock: str | None, policy: dict[str, Any]
) -> dict[str, str]:
    """Shell variables for the new merchant: addresses, one key per role, one secret per webhook source.

    Raises Unreachable or NotMade.
    """
    with reaching(settings):
        running = Running.read(settings.running_file)
        key = Path(running.admin_key_file).read_text().strip()  # noqa: ASYNC240 - a short local file
        body = {"merchant": name, "name": name, "sandbox": sandbox, "policy": policy}
        if clock is not None:
            body["clock"] = clock
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{running.api}/v1/merchants", json=body, headers=headers) as answer,
        ):
            made = await answer.json(content_type=None)
    if answer.status != 201:
        errors = [f"{one['pointer']}: {one['detail']}" for one in made.get("errors", [])]
        raise NotMade("; ".join([made["title"], *errors]))
    keys = {f"{role.upper()}_KEY": key for role, key in made["keys"].items()}
    secrets = {f"{source.upper()}_SECRET": secret for source, secret in made["webhook_secrets"].items()}
    return {"SMOT_API": running.api, "SMOT_PSP": running.psp, "MERCHANT": made["merchant"], **keys, **secrets}
