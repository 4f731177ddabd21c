"""A small HTTP client: bearer keys, idempotency keys, retries of 503, and problems as readable errors."""

import asyncio
import json
import time
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
from yarl import URL

from demo import signing
from demo.actions import Json, PostCarrierWebhook

_RETRY_SECONDS = 120.0  # seconds in which a request may be repeated
# Advancing the clock by months may take the server minutes.
_REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=330)
_PAUSE = 0.5  # seconds between two attempts while the server does not answer


class ApiProblem(Exception):
    """The API responded with a problem. `code` and `reasons` are its stable codes; the text is for people."""

    def __init__(self, method: str, path: str, status: int, document: Json) -> None:
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.reasons = tuple(str(reason["code"]) for reason in document.get("reasons", ()))
        detail = document.get("detail") or document.get("title") or ""
        if document.get("errors"):
            detail = f"{detail} {document['errors']}"
        reasons = f" ({', '.join(self.reasons)})" if self.reasons else ""
        super().__init__(f"{method} {path}: {status} {self.code}{reasons} {detail}".strip())


class ApiUnreachable(Exception):
    """The API did not answer within the time for retries."""


class ApiClient:
    """Requests to one base URL. Each request is safe to repeat: it has an idempotency key or an identity of its own."""

    def __init__(
        self, session: aiohttp.ClientSession, base: str, retry_seconds: float = _RETRY_SECONDS
    ) -> None:
        self._session = session
        self._base = base.rstrip("/")
        self._retry_seconds = retry_seconds

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: Json | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """The JSON object of the response. `path` is sent as it is, with names already quoted.

        Raises ApiProblem for a problem that a retry does not solve, ApiUnreachable when the time for retries is over.
        """
        headers = {**(headers or {}), **({} if body is None else {"Content-Type": "application/json"})}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        deadline = time.monotonic() + self._retry_seconds
        while True:
            pause = _PAUSE
            try:
                status, document, retry_after = await self._attempt(method, path, data, headers)
            except (aiohttp.ClientConnectionError, TimeoutError) as problem:
                failure = type(problem).__name__
            else:
                if status < 400:
                    return document
                api_problem = ApiProblem(method, path, status, document)
                if retry_after is None:
                    raise api_problem
                pause, failure = retry_after, str(api_problem)
            if time.monotonic() + pause > deadline:
                raise ApiUnreachable(f"{method} {path}: {failure}, repeated for {self._retry_seconds:g} s")
            await asyncio.sleep(pause)

    async def _attempt(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Json, float | None]:
        """The status, the JSON object, and the seconds after which to repeat the request (None: never)."""
        url = URL(self._base + path, encoded=True)
        async with self._session.request(
            method, url, data=data, headers=headers, timeout=_REQUEST_TIMEOUT
        ) as response:
            raw = await response.read()
            retry_after = response.headers.get("Retry-After")
        try:
            document = json.loads(raw) if raw else {}
        except ValueError:
            document = {"detail": raw[:200].decode(errors="replace")}
        repeat = response.status in (409, 429, 503) and retry_after is not None
        return (
            response.status,
            document if isinstance(document, dict) else {},
            float(retry_after or 1) if repeat else None,
        )

    async def list_all(self, path: str, headers: Mapping[str, str]) -> list[Json]:
        """All items of a list, page by page."""
        items: list[Json] = []
        cursor = ""
        while True:
            page = await self.send("GET", f"{path}?limit=100{cursor}", headers=headers)
            items += page["items"]
            if not page.get("next"):
                return items
            cursor = f"&cursor={quote(page['next'], safe='')}"


class SandboxMerchant:
    """A sandbox merchant: calls the API with the key of a role, and signs the webhooks of its carriers."""

    def __init__(self, http: ApiClient, created: Json) -> None:
        self.http = http
        self.name: str = created["merchant"]
        self._keys: dict[str, str] = created["keys"]
        self._secrets: dict[str, str] = created["webhook_secrets"]

    @staticmethod
    async def create(http: ApiClient, admin_key: str, body: Json) -> "SandboxMerchant":
        """Create the merchant. The response with its keys is given once."""
        created = await http.send("POST", "/v1/merchants", body=body, headers=_bearer(admin_key))
        return SandboxMerchant(http, created)

    async def post(self, role: str, path: str, body: Json | None = None, key: str | None = None) -> Json:
        """Post with the key of a role, or with a customer's token (`cust_…`). `key`: the Idempotency-Key."""
        headers = _bearer(role if role.startswith("cust_") else self._keys[role])
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.http.send("POST", path, body=body, headers=headers)

    async def get(self, role: str, path: str) -> Json:
        """Get with the key of a role."""
        return await self.http.send("GET", path, headers=_bearer(self._keys[role]))

    async def list_all(self, role: str, path: str) -> list[Json]:
        """All items of a list, with the key of a role."""
        return await self.http.list_all(path, _bearer(self._keys[role]))

    async def advance_clock(self, to: str) -> None:
        """Advance the sandbox clock; returns when everything that is due by then is done."""
        await self.post("senior_agent", "/v1/sandbox/clock", {"to": to})

    async def send_webhook(self, message: PostCarrierWebhook) -> bool:
        """Send a carrier's signed webhook; return whether the API had received it before."""
        body = json.dumps(message.body).encode()
        path = f"/v1/webhooks/carriers/{message.source}/{self.name}"
        headers = self.signature_headers(message, body)
        response = await self.http.send("POST", path, body=body, headers=headers)
        return bool(response["duplicate"])

    def signature_headers(self, message: PostCarrierWebhook, body: bytes) -> dict[str, str]:
        """The sender's signature over exactly these bytes."""
        secret = self._secrets[message.source]
        if message.source == "easypost":
            return signing.easypost(secret, body)
        return signing.standard(secret, message.delivery, int(time.time()), body)


def order_path(order_id: str, rest: str = "") -> str:
    """The path of the order, with its id quoted."""
    return f"/v1/orders/{quote(order_id, safe='')}{rest}"


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
