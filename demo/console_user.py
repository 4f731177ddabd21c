"""A user of the demo's merchant, so that its console can be opened at once."""

import secrets
from urllib.parse import quote

from demo.actions import Json
from demo.client import SandboxMerchant

_EMAIL = "demo@example.org"


async def make_console_user(shop: SandboxMerchant, api_url: str) -> Json:
    """Invite an admin and choose a password for them. Raises ApiProblem or ApiUnreachable."""
    body: Json = {"email": _EMAIL, "name": "Demo admin", "role": "admin", "zone": "Europe/London"}
    made = await shop.post("admin", "/v1/users", body)
    password = secrets.token_urlsafe(15)
    await shop.http.send("POST", f"/v1/invitations/{made['token']}", body={"password": password})
    page = f"{api_url.rstrip('/')}/agents/sign-in?shop={quote(shop.name, safe='')}"
    return {"page": page, "email": _EMAIL, "password": password}
