"""Users of a shop, invited and signed in over HTTP."""

from dataclasses import dataclass
from typing import Any

from tests.scenarios.helpers import ApiResponse
from tests.scenarios.shop import Shop

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Colleague:
    """A user with a password. `token`: of the session that is open."""

    shop: Shop
    id: str
    email: str
    token: str

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> ApiResponse:
        """A call with the user's session."""
        return await self.shop.call(method, path, body, token=self.token, headers=headers)


async def invited(shop: Shop, email: str, role: str = "agent", name: str = "Maria") -> dict[str, Any]:
    """The answer to the invitation."""
    body = {"email": email, "name": name, "role": role}
    made: dict[str, Any] = (await shop.call("POST", "/v1/users", body, role="admin")).ok().body
    return made


async def with_password(shop: Shop, email: str, role: str = "agent", name: str = "Maria") -> str:
    """A user who has accepted the invitation. Returns the id."""
    made = await invited(shop, email, role, name)
    (await shop.call("POST", f"/v1/invitations/{made['token']}", {"password": PASSWORD})).ok()
    return str(made["user"]["id"])


async def sign_in(shop: Shop, email: str, password: str = PASSWORD, **fields: Any) -> ApiResponse:
    body = {"merchant": shop.name, "email": email, "password": password, **fields}
    return await shop.call("POST", "/v1/sessions", body)


async def colleague(shop: Shop, email: str, role: str = "agent", name: str = "Maria") -> Colleague:
    """A user who has signed in."""
    user = await with_password(shop, email, role, name)
    return Colleague(shop, user, email, (await sign_in(shop, email)).ok()["token"])


async def page_of(user: Colleague, path: str, **form: str) -> tuple[int, str]:
    """A page of the console as the user's browser gets it, or the answer to its form: the status and the HTML."""
    base = user.shop.deployment.addresses["api"]
    headers = {"Cookie": f"smot_session={user.token}", "Origin": base, "Sec-Fetch-Site": "same-origin"}
    method, data = ("POST", form) if form else ("GET", None)
    async with user.shop.http.request(method, base + path, headers=headers, data=data) as answer:
        return answer.status, await answer.text()
