"""The master key of the deployment: from the settings, or created once in the data folder for its owner only."""

import base64
import hashlib
import hmac
import secrets

from runtime.config.private_file import create_file
from runtime.config.settings import Settings
from runtime.errors import StartupError

_BYTES = 32


class BadMasterKey(StartupError):
    """The master key is not 32 bytes of base64."""


def master_key(settings: Settings) -> bytes:
    """The master key, 32 bytes. Without it, personal data and drop-off codes can never be opened. Raises BadMasterKey."""
    if settings.master_key is not None:
        return _decoded(settings.master_key.get_secret_value(), "SMOT_MASTER_KEY")
    path = settings.secrets_file
    if not path.exists():
        create_file(path, base64.b64encode(secrets.token_bytes(_BYTES)).decode() + "\n")
    return _decoded(path.read_text(), str(path))


def derived(master: bytes, purpose: str) -> bytes:
    """The key that is used for one purpose only."""
    return hmac.digest(master, f"smot/{purpose}".encode(), hashlib.sha256)


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise BadMasterKey(f"{where} must hold {_BYTES} bytes as base64")
    return key
