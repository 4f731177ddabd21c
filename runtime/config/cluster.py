"""Settings that all processes of a cluster must share, so that none may create its own."""

from runtime.config.secrets import master_keys
from runtime.config.settings import Settings
from runtime.errors import StartupError


def require_cluster_settings(settings: Settings) -> None:
    """Raises StartupError, which names the missing setting and what to use on one machine instead."""
    if settings.database is None:
        raise StartupError(
            "SMOT_DATABASE is not set: several processes cannot share a SQLite file; "
            "set a postgresql:// URL, or run everything on one machine by `smot up`"
        )
    require_master_key(settings)


def require_master_key(settings: Settings) -> None:
    """Raises StartupError when it is not set: each process would create its own, and none could open what another sealed."""
    if settings.master_key is None:
        raise StartupError(
            "SMOT_MASTER_KEY is not set: all processes need the same 32 bytes as base64; "
            "create them once by `openssl rand -base64 32` and keep them with the keys of your backups"
        )
    master_keys(settings)
