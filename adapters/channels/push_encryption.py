"""Push messages as only the customer's browser reads them: RFC 8291, in one record of RFC 8188's `aes128gcm`.

The parts are those of `cryptography`: a key agreement on P-256, HKDF and AES-GCM.
"""

import base64
import secrets
import struct
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_RECORD: Final = 4096  # bytes that every push service takes (RFC 8030, 7.2)
_KEY_ID: Final = 65  # bytes of a point, not compressed
LARGEST: Final = _RECORD - (16 + 4 + 1 + _KEY_ID) - 16 - 1
"""Bytes of a text that fits into one message, with header, tag and the mark of its end."""
_LAST_RECORD: Final = b"\x02"


class BadPushKey(Exception):
    """The device's key is no point of P-256, or its secret has not 16 bytes: it reads no message."""


def encrypt_push(text: bytes, p256dh: str, auth: str) -> bytes:
    """The body of the message: a fresh key and a fresh salt each time. Raises BadPushKey."""
    return sealed_record(text, p256dh, auth, ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16))


def sealed_record(
    text: bytes, p256dh: str, auth: str, ours: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The same with that key and salt, which are used once."""
    if len(text) > LARGEST:
        raise ValueError("the text is longer than one record")
    theirs, secret = _public_key(p256dh), _secret(auth)
    own = point(ours.public_key())
    info = b"WebPush: info\x00" + point(theirs) + own
    shared = _derived(secret, info, ours.exchange(ec.ECDH(), theirs), 32)
    key = _derived(salt, b"Content-Encoding: aes128gcm\x00", shared, 16)
    nonce = _derived(salt, b"Content-Encoding: nonce\x00", shared, 12)
    header = salt + struct.pack("!IB", _RECORD, len(own)) + own
    return header + AESGCM(key).encrypt(nonce, text + _LAST_RECORD, None)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as its 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def from_base64url(text: str) -> bytes:
    """With or without its filling. Raises ValueError."""
    return base64.b64decode(
        text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True
    )


def _public_key(p256dh: str) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(p256dh))
    except ValueError:
        raise BadPushKey("p256dh") from None


def _secret(auth: str) -> bytes:
    try:
        secret = from_base64url(auth)
    except ValueError:
        raise BadPushKey("auth") from None
    if len(secret) != 16:
        raise BadPushKey("auth")
    return secret


def _derived(salt: bytes, info: bytes, secret: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
