"""A strict OpenID provider as an HTTP server of its own: it checks what it is sent, and lies on demand."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from yarl import URL

CLIENT, SECRET = "smot:console", "a secret / of the client+"
Claims = dict[str, Any]


class OpenIdIssuer:
    """One issuer with one client.

    host: by which it is addressed.
    person: whom the next sign-in is about. changes: of the next tokens' claims; signed_as: their algorithm.
    hung: whether its keys never come. calls: what was fetched, in order.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host, self.address, self.return_address = host, "", ""
        self.person: Claims = {}
        self.changes: Claims = {}
        self.signed_as, self.hung = "RS256", asyncio.Event()
        self.hung.set()
        self.calls: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()

    def rotate(self) -> None:
        """Another key with another name; the one before signs nothing any more."""
        self.kid, self.key = secrets.token_hex(4), rsa.generate_private_key(65537, 2048)
        self.signing_key = self.key

    def forge(self) -> None:
        """Another key signs, under the name of the one that is published."""
        self.signing_key = rsa.generate_private_key(65537, 2048)

    @asynccontextmanager
    async def served(self) -> AsyncIterator["OpenIdIssuer"]:
        app = web.Application()
        app.add_routes(
            [
                web.get("/tenant/.well-known/openid-configuration", self._discovery),
                web.get("/authorize", self._authorize),
                web.post("/token", self._token),
                web.get("/keys", self._keys),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://{self.host}:{runner.addresses[0][1]}/tenant"
        yield self
        self.hung.set()
        await runner.cleanup()

    def settings(self, **changes: Any) -> dict[str, Any]:
        """The body by which a merchant uses this issuer."""
        return {
            "issuer": self.address,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "label": "Acme <ID>",
            **changes,
        }

    async def _discovery(self, _: web.Request) -> web.Response:
        self.calls.append("discovery")
        base = self.address.removesuffix("/tenant")
        return web.json_response(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{base}/authorize?prompt=login",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert asked["prompt"] == "login"
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["redirect_uri"] == self.return_address
        assert "openid" in asked["scope"].split()
        assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
        assert min(len(asked["state"]), len(asked["nonce"])) >= 43
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "person": json.dumps(self.person)}
        back = URL(self.return_address).with_query(code=code, state=asked["state"], iss=self.address)
        return web.Response(status=302, headers={"Location": str(back)})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        name, _, secret = base64.b64decode(request.headers["Authorization"][6:]).decode().partition(":")
        assert (name, secret) == ("smot%3Aconsole", "a+secret+%2F+of+the+client%2B")
        asked = self._codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        good = asked is not None and form["redirect_uri"] == asked["redirect_uri"]
        if asked is None or not good or _b64(digest) != asked["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"],
            **json.loads(asked["person"]), **self.changes,
        }  # fmt: skip
        return web.json_response({"id_token": self._signed(claims), "token_type": "Bearer"})

    def _signed(self, claims: Claims) -> str:
        header = {"alg": self.signed_as, "kid": self.kid, "typ": "JWT"}
        text = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
        sign: dict[str, Callable[[bytes], bytes]] = {
            "RS256": lambda data: self.signing_key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
            "HS256": lambda data: hmac.digest(self._pem(), data, "sha256"),
            "none": lambda data: b"",
        }
        return f"{text}.{_b64(sign[self.signed_as](text.encode()))}"

    def _pem(self) -> bytes:
        public = self.key.public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    async def _keys(self, _: web.Request) -> web.Response:
        self.calls.append("keys")
        await self.hung.wait()
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": self.kid, "use": "sig", "n": _number(numbers.n), "e": _number(numbers.e)}
        # An old secret among the public keys, and one that no reader knows: neither is a key for signatures.
        others = [{"kty": "oct", "kid": self.kid, "k": _b64(self._pem())}, {"kty": "AKP", "kid": "new"}]
        return web.json_response({"keys": [*others, key]})


def _number(value: int) -> str:
    return _b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
