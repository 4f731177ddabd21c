"""How this deployment names itself to push services: VAPID (RFC 8292), a signed token for each service and half a day."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from yarl import URL

from adapters.channels.push_encryption import point

_LASTS: Final = timedelta(hours=12)  # services refuse more than a day
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


class Vapid:
    """The key of the deployment and whom a push service may write to.

    seed: 32 secret bytes, from which the key is made, always the same. contact: `mailto:…` or an https address.
    """

    def __init__(self, seed: bytes, contact: str) -> None:
        self._key = ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())
        self._contact = contact

    @property
    def public_key(self) -> str:
        """For browsers, which register with it: base64url."""
        return _base64url(point(self._key.public_key()))

    def authorization(self, endpoint: str, now: datetime) -> str:
        """The header of one message to that endpoint."""
        url = URL(endpoint, encoded=True)
        claims = {
            "aud": str(url.origin()),
            "exp": int((now + _LASTS).timestamp()),
            "sub": self._contact,
        }
        signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = _base64url(r.to_bytes(32) + s.to_bytes(32))
        return f"vapid t={signed}.{signature}, k={self.public_key}"


def _json(document: Mapping[str, object]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
