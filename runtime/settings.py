"""Settings: everything has a working default; the environment (`SMOT_…`) and flags of the CLI change it."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_DIR = "SMOT_SECRETS_DIR"
RETENTION = timedelta(days=365)  # a server's own 24 h would forget an order the day after it closed


class Settings(BaseSettings):
    """How this deployment runs. `data`: folder of the embedded mode, holding every file it writes.

    `database`: a PostgreSQL URL such as `postgresql://smot:secret@127.0.0.1:5432/smot`; unset means SQLite in `data`.
    `temporal`: address of our own Temporal server, for the processes beside it; a cluster's is in `TEMPORAL_…`.
    `retention`: Temporal keeps closed journeys that long; never lowered. `port`, `psp_port`,
    `temporal_port`: 0 takes a free one.
    `psp`: address of the sandbox payment provider; unset starts our own.
    `smtp`: host:port; unset means that notices stay in the mailbox.
    `admin_key`: the platform admin's bearer key, for commands that ask a cluster's API.

    Any of them may be a file in the folder `SMOT_SECRETS_DIR`, named like its variable in lower case (`smot_database`);
    the environment goes before it.
    """

    model_config = SettingsConfigDict(env_prefix="SMOT_", extra="ignore")

    data: Path = Path(".smot")
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    database: SecretStr | None = None
    temporal: str | None = None
    retention: timedelta = RETENTION
    temporal_port: int = Field(0, ge=0, le=65535)
    temporal_ui_port: int | None = None
    temporal_binary: Path | None = None
    temporal_config: dict[str, str | int | float | bool] = {}
    psp_port: int = Field(0, ge=0, le=65535)
    psp: str | None = None
    smtp: str | None = None
    smtp_sender: str = "shop@localhost"
    master_key: SecretStr | None = None
    admin_key: SecretStr | None = None
    provider_timeout: float = Field(10.0, gt=0, le=60)

    def __init__(self, **given: Any) -> None:
        super().__init__(_secrets_dir=os.environ.get(SECRETS_DIR), **given)

    @property
    def database_url(self) -> str:
        """For SQLAlchemy, with its driver. May hold a password: never log it."""
        if self.database is None:
            return f"sqlite+aiosqlite:///{self.data.absolute() / 'smot.db'}"
        return self.database.get_secret_value().replace("postgresql://", "postgresql+asyncpg://", 1)

    @property
    def secrets_file(self) -> Path:
        """Where the embedded mode keeps its master key when none is set."""
        return self.data / "secrets.key"

    @property
    def admin_key_file(self) -> Path:
        """Where the embedded mode keeps the platform admin's bearer key."""
        return self.data / "admin.key"

    @property
    def running_file(self) -> Path:
        """Where the last `smot up` on this folder wrote its addresses."""
        return self.data / "running.json"
