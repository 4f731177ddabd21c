"""A push service as browsers' makers run them (RFC 8030, 8188, 8291, 8292), and browsers that read what it brings them.

It is strict: what a real one refuses, it refuses, and a message that its browser cannot read is a fault of the sender.
"""

import base64
import json
import re
import secrets
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()
_VAPID = re.compile(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]{87})")
_A_DAY = 24 * 3600


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """One browser: it registers with a sender's key, and reads what was encrypted for it."""

    url: str
    sender_key: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(_CURVE))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    waiting: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: int = 201

    @property
    def subscription(self) -> dict[str, str]:
        return {
            "endpoint": self.url,
            "p256dh": base64url(self.public),
            "auth": base64url(self.auth),
        }

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> bytes:
        """The text of a message of one record. Raises where it is not for this browser."""
        salt, (size, length) = body[:16], struct.unpack("!IB", body[16:21])
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender))
        secret = _hkdf(self.auth, b"WebPush: info\0" + self.public + sender, shared, 32)
        key = _hkdf(salt, b"Content-Encoding: aes128gcm\0", secret, 16)
        nonce = _hkdf(salt, b"Content-Encoding: nonce\0", secret, 12)
        text = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert text.endswith(b"\x02"), "the last record ends with a 2"
        return text[:-1]


class PushService:
    """Takes messages at `/push/{browser}`; `origin` is set once it serves."""

    def __init__(self) -> None:
        self.origin = ""
        self.browsers: dict[str, Browser] = {}
        self.refusals: list[str] = []

    def browser(self, sender_key: str) -> Browser:
        """A new browser, registered with that key."""
        name = secrets.token_urlsafe(24)
        self.browsers[name] = Browser(f"{self.origin}/push/{name}", sender_key)
        return self.browsers[name]

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/push/{browser}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        browser = self.browsers.get(request.match_info["browser"])
        if browser is None or browser.answers != 201:
            return web.Response(status=browser.answers if browser else 404)
        body = await request.read()
        try:
            self._check(request, browser, body)
            shown: dict[str, str] = json.loads(browser.read(body))
        except (
            AssertionError,
            InvalidSignature,
            InvalidTag,
            LookupError,
            ValueError,
            struct.error,
        ) as refusal:
            self.refusals.append(repr(refusal))
            return web.Response(status=400)
        browser.waiting[request.headers["Topic"]] = shown  # the second of a topic replaces the first
        return web.Response(status=201, headers={"Location": f"/message/{secrets.token_hex(8)}"})

    def _check(self, request: web.Request, browser: Browser, body: bytes) -> None:
        headers = request.headers
        assert headers["Content-Encoding"] == "aes128gcm"
        assert headers["TTL"].isdecimal()
        assert headers.get("Urgency", "normal") in ("very-low", "low", "normal", "high")
        assert re.fullmatch(r"[\w-]{1,32}", headers["Topic"])
        assert len(body) <= 4096
        found = _VAPID.fullmatch(headers["Authorization"])
        assert found is not None
        head, claims, signature, key = found.groups()
        assert key == browser.sender_key, "not the sender with which the browser registered"
        _verify(f"{head}.{claims}".encode(), decoded(signature), decoded(key))
        assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
        self._check_claims(json.loads(decoded(claims)))

    def _check_claims(self, claims: dict[str, Any]) -> None:
        now = datetime.now(UTC).timestamp()
        assert claims["aud"] == self.origin
        assert now < claims["exp"] <= now + _A_DAY
        assert claims["sub"].startswith(("mailto:", "https://"))


def _verify(signed: bytes, signature: bytes, key: bytes) -> None:
    assert len(signature) == 64
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, key)
    public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def _hkdf(salt: bytes, info: bytes, secret: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
