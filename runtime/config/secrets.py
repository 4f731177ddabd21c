"""The master keys of the deployment: from the settings, or created once in the data folder for its owner only."""

import base64
import os
import secrets
from pathlib import Path

from runtime.config.private_file import create_file
from runtime.config.settings import SECRETS_DIR, Settings
from runtime.errors import StartupError
from store.privacy.encryption import MasterKeyRing

_BYTES = 32


class BadMasterKey(StartupError):
    """A master key is not 32 bytes of base64."""


def master_keys(settings: Settings) -> list[bytes]:
    """The master keys, 32 bytes each, the newest last. Without them no personal data can ever be read. Raises BadMasterKey.

    There is more than one only while one takes the place of another (`smot keys rotate-master`).
    """
    if settings.master_key is not None:
        return _decoded(settings.master_key.get_secret_value(), "SMOT_MASTER_KEY")
    path = settings.secrets_file
    if not path.exists():
        create_file(path, base64.b64encode(secrets.token_bytes(_BYTES)).decode() + "\n")
    return _decoded(path.read_text(), str(path))


def key_ring(settings: Settings) -> MasterKeyRing:
    """The master keys; those of a file are read again when another one is needed. Raises BadMasterKey."""
    if settings.master_key is None:
        return MasterKeyRing(master_keys(settings), lambda: master_keys(settings))
    folder = os.environ.get(SECRETS_DIR)
    file = Path(folder) / "smot_master_key" if folder else None
    if file is None or "SMOT_MASTER_KEY" in os.environ or not file.exists():
        return MasterKeyRing(master_keys(settings))
    return MasterKeyRing(master_keys(settings), lambda: _decoded(file.read_text(), str(file)))


def _decoded(text: str, where: str) -> list[bytes]:
    try:
        keys = [base64.b64decode(line, validate=True) for line in text.split()]
    except ValueError:
        keys = []
    if not keys or any(len(key) != _BYTES for key in keys):
        raise BadMasterKey(
            f"{where} must hold {_BYTES} bytes as base64, or several such keys in lines, the newest last"
        )
    return keys
