"""Opens the keys of a deployment: its master keys from the settings, its root key from the database."""

from runtime.config.secrets import key_ring
from runtime.config.settings import Settings
from runtime.errors import StartupError
from store.engine.database import Database
from store.privacy.encryption import DeploymentKeys, MasterKeyMissing, Tampered
from store.privacy.root_key import open_keys


class LostMasterKey(StartupError):
    """The database is sealed with a master key that is not here."""


async def open_deployment_keys(settings: Settings, db: Database) -> DeploymentKeys:
    """The keys. Raises BadMasterKey or LostMasterKey."""
    ring = key_ring(settings)
    try:
        return await open_keys(db, ring)
    except MasterKeyMissing as missing:
        raise LostMasterKey(
            f"this database is sealed with the master key {missing.key_id}, and {_where(settings)} has {', '.join(ring.ids)}: "
            "without it no name, address or link can be read"
        ) from None
    except Tampered:
        raise LostMasterKey(
            "the root key in the database is damaged: restore the database from a backup"
        ) from None


def _where(settings: Settings) -> str:
    return "SMOT_MASTER_KEY" if settings.master_key is not None else str(settings.secrets_file)
