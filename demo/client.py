"""A thin HTTP client: bearer keys, idempotency keys, patience with 503, and problems as readable errors."""

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
_REQUEST_TIMEOUT = aiohttp.ClientTimeout(
    total=330
)  # moving the clock over months may take the server minutes
_PAUSE = 0.5


class ApiProblem(Exception):
    """The API said no. `code` and `reasons` are its stable codes; the text is for people."""

    def __init__(self, method: str, path: str, status: int, document: Json) -> None:
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.reasons = tuple(str(reason["code"]) for reason in document.get("reasons", ()))
        said = document.get("detail") or document.get("title") or ""
        if document.get("errors"):
            said = f"{said} {document['errors']}"
        why = f" ({', '.join(self.reasons)})" if self.reasons else ""
        super().__init__(f"{method} {path}: {status} {self.code}{why} {said}".strip())


class ApiUnreachable(Exception):
    """Nobody answered within our patience."""


class ApiClient:
    """Requests to one address. Every request can be repeated: it has a key or an identity of its own."""

    def __init__(
        self, session: aiohttp.ClientSession, base: str, retry_seconds: float = _RETRY_SECONDS
    ) -> None:
        self._session = session
        self._base = base.rstrip("/")
        self._patience = retry_seconds

    async def send(
        self,
        method: str,
        path: str,
        *,
        bearer: str | None = None,
        body: Json | bytes | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """The answer's object. Raises ApiProblem for any problem that waiting does not solve, ApiUnreachable after that.

        `path` is sent as it is: names in it are quoted already. `key`: the Idempotency-Key, the same for every repetition.
        """
        sent = dict(headers or {})
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        if key is not None:
            sent["Idempotency-Key"] = key
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        until = time.monotonic() + self._patience
        while True:
            pause, failure = _PAUSE, "no answer"
            try:
                status, answer, retry_after = await self._once(method, path, data, sent)
            except (aiohttp.ClientConnectionError, TimeoutError) as problem:
                failure = type(problem).__name__
            else:
                if status < 400:
                    return answer
                refusal = ApiProblem(method, path, status, answer)
                if retry_after is None:
                    raise refusal
                pause, failure = retry_after, str(refusal)
            if time.monotonic() + pause > until:
                raise ApiUnreachable(f"{method} {path}: {failure}, repeated for {self._patience:g} s")
            await asyncio.sleep(pause)

    async def _once(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Json, float | None]:
        """Status, object and after how many seconds to repeat it, None for never."""
        url = URL(self._base + path, encoded=True)
        async with self._session.request(
            method, url, data=data, headers=headers, timeout=_REQUEST_TIMEOUT
        ) as got:
            raw = await got.read()
            again = got.headers.get("Retry-After")
        try:
            answer = json.loads(raw) if raw else {}
        except ValueError:
            answer = {"detail": raw[:200].decode(errors="replace")}
        repeat = got.status in (409, 429, 503) and again is not None
        return got.status, answer if isinstance(answer, dict) else {}, float(again or 1) if repeat else None

    async def list_all(self, path: str, bearer: str) -> list[Json]:
        """All items of a list."""
        items: list[Json] = []
        cursor = ""
        while True:
            page = await self.send("GET", f"{path}?limit=100{cursor}", bearer=bearer)
            items += page["items"]
            if not page.get("next"):
                return items
            cursor = f"&cursor={quote(page['next'], safe='')}"


class SandboxMerchant:
    """One sandbox merchant: its address book of keys, its secrets, and the paths of the API."""

    def __init__(self, http: ApiClient, made: Json) -> None:
        self.http = http
        self.name: str = made["merchant"]
        self._keys: dict[str, str] = made["keys"]
        self._secrets: dict[str, str] = made["webhook_secrets"]

    @staticmethod
    async def create(http: ApiClient, admin_key: str, body: Json) -> "SandboxMerchant":
        """Make the merchant. The answer with its keys is given once."""
        return SandboxMerchant(http, await http.send("POST", "/v1/merchants", bearer=admin_key, body=body))

    async def post(self, role: str, path: str, body: Json | None = None, key: str | None = None) -> Json:
        """As that role, or with that customer's token."""
        bearer = role if role.startswith("cust_") else self._keys[role]
        return await self.http.send("POST", path, bearer=bearer, body=body, key=key)

    async def get(self, role: str, path: str) -> Json:
        return await self.http.send("GET", path, bearer=self._keys[role])

    async def list_all(self, role: str, path: str) -> list[Json]:
        return await self.http.list_all(path, self._keys[role])

    async def advance_clock(self, to: str) -> None:
        """Answers when everything that is due until then is done."""
        await self.post("senior_agent", "/v1/sandbox/clock", {"to": to})

    async def send_webhook(self, message: PostCarrierWebhook) -> bool:
        """The carrier's signed call; true when it was known already."""
        body = json.dumps(message.body).encode()
        path = f"/v1/webhooks/carriers/{message.source}/{self.name}"
        answer = await self.http.send("POST", path, body=body, headers=self.signature_headers(message, body))
        return bool(answer["duplicate"])

    def signature_headers(self, message: PostCarrierWebhook, body: bytes) -> dict[str, str]:
        """The sender's signature over exactly these bytes."""
        secret = self._secrets[message.source]
        if message.source == "easypost":
            return signing.easypost(secret, body)
        return signing.standard(secret, message.delivery, int(time.time()), body)


def order_path(order_id: str, rest: str = "") -> str:
    """The path of the order, whatever its name is made of."""
    return f"/v1/orders/{quote(order_id, safe='')}{rest}"
