"""The deployment's master key: from the settings, or made once in the data folder and readable by its owner only."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from runtime.config.settings import Settings
from runtime.errors import StartupError

_BYTES = 32


class BadMasterKey(StartupError):
    """The master key is not 32 bytes of base64."""


def master_key(settings: Settings) -> bytes:
    """32 bytes. Raises BadMasterKey. Losing it loses all personal data and every customer's code."""
    if settings.master_key is not None:
        return _decoded(settings.master_key.get_secret_value(), "SMOT_MASTER_KEY")
    path = settings.secrets_file
    if not path.exists():
        write_private(path, base64.b64encode(secrets.token_bytes(_BYTES)).decode())
    return _decoded(path.read_text(), str(path))


def derived(master: bytes, purpose: str) -> bytes:
    """A key of its own for that purpose."""
    return hmac.digest(master, f"smot/{purpose}".encode(), hashlib.sha256)


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner reads; raises FileExistsError rather than overwrite a secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise BadMasterKey(f"{where} must hold {_BYTES} bytes as base64")
    return key
