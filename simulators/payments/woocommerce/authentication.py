"""Who calls: keys in the query or by Basic under HTTPS, else OAuth 1.0a, one after the other as WooCommerce tries them."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

from simulators.payments.woocommerce.refusals import (
    GUEST_CREATE,
    GUEST_VIEW,
    NONCE_USED,
    READ_ONLY,
    STALE_TIME,
    UNKNOWN_KEY,
    WRITE_ONLY,
    WRONG_SECRET,
    WRONG_SIGNATURE,
    Answer,
)
from simulators.payments.woocommerce.schemas import ApiKey
from simulators.payments.woocommerce.store import WooStore

_WINDOW = 900  # seconds, both ways
_HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_OAUTH = ("consumer_key", "timestamp", "nonce", "signature", "signature_method")


class SignedRequest(NamedTuple):
    """What a request says about its sender. address: without the query."""

    method: str
    address: str
    query: Mapping[str, str]
    authorization: str


def refuse(store: WooStore, caller: SignedRequest) -> Answer | None:
    """Why the call is refused, if it is."""
    found = _key_in_clear(store, caller) if store.settings().https else None
    if found is None:
        found = _oauth(store, caller)
    if isinstance(found, Answer):
        return found
    writes = caller.method not in ("GET", "HEAD")
    if found is None:  # a guest
        return GUEST_CREATE if writes else GUEST_VIEW
    if writes:
        return READ_ONLY if found.permissions == "read" else None
    return WRITE_ONLY if found.permissions == "write" else None


def _key_in_clear(store: WooStore, caller: SignedRequest) -> ApiKey | Answer | None:
    """An unknown key is no error here: the call goes on as a guest."""
    name, secret = caller.query.get("consumer_key", ""), caller.query.get("consumer_secret", "")
    if not (name and secret):
        name, secret = _basic(caller.authorization)
    key = store.key(name) if name and secret else None
    if key is None:
        return None
    return key if hmac.compare_digest(key.consumer_secret.encode(), secret.encode()) else WRONG_SECRET


def _basic(header: str) -> tuple[str, str]:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _oauth(store: WooStore, caller: SignedRequest) -> ApiKey | Answer | None:
    given = _oauth_parameters(caller)
    if not all(given.get(f"oauth_{name}") for name in _OAUTH):
        return None
    key = store.key(given["oauth_consumer_key"])
    if key is None:
        return UNKNOWN_KEY
    if given["oauth_signature"] != signature(caller, given, key.consumer_secret):
        return WRONG_SIGNATURE
    now = store.now().timestamp()
    stamp = given["oauth_timestamp"]
    if not stamp.isdigit() or abs(int(stamp) - now) > _WINDOW:
        return STALE_TIME
    return key if store.use_nonce(key.consumer_key, given["oauth_nonce"], now) else NONCE_USED


def _oauth_parameters(caller: SignedRequest) -> dict[str, str]:
    """All parameters that are signed, from the query and from the header."""
    given = dict(caller.query)
    scheme, _, rest = caller.authorization.partition(" ")
    if scheme.lower() == "oauth":
        pairs = (part.strip().partition("=") for part in rest.split(","))
        given |= {name: unquote(value.strip('"')) for name, _, value in pairs if name != "realm"}
    return given


def signature(caller: SignedRequest, given: Mapping[str, str], secret: str) -> str:
    """The OAuth signature of the request by that secret; empty for a method that the shop does not know."""
    make = _HASHES.get(given.get("oauth_signature_method", ""))
    if make is None:
        return ""
    signed = sorted((_enc(n), _enc(v)) for n, v in given.items() if n != "oauth_signature")
    parameters = "&".join(f"{name}={value}" for name, value in signed)
    text = "&".join((caller.method, _enc(caller.address), _enc(parameters)))
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), make)).decode()


def _enc(text: str) -> str:
    return quote(text, safe="~")
