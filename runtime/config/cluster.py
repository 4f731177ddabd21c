"""What every process of a cluster asks for before it starts: shared things that it will not make up for itself."""

from runtime.config.secrets import master_key
from runtime.config.settings import Settings
from runtime.errors import StartupError


def require_cluster_settings(settings: Settings) -> None:
    """Raises StartupError, naming the setting that is missing and what to use instead on one machine."""
    if settings.database is None:
        raise StartupError(
            "SMOT_DATABASE is not set: several processes cannot share a SQLite file; "
            "set a postgresql:// URL, or run everything on one machine by `smot up`"
        )
    require_master_key(settings)


def require_master_key(settings: Settings) -> None:
    """Raises StartupError: each process would make a key of its own, and none could read what another sealed."""
    if settings.master_key is None:
        raise StartupError(
            "SMOT_MASTER_KEY is not set: all processes need the same 32 bytes as base64, "
            "made once by `openssl rand -base64 32` and kept with the backups' keys"
        )
    master_key(settings)
