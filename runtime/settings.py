"""Settings: everything has a working default; the environment (`SMOT_…`) and flags of the CLI change it."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How this deployment runs. `data`: folder of the embedded mode, holding every file it writes.

    `database`: a PostgreSQL URL such as `postgresql://smot:secret@127.0.0.1:5432/smot`; unset means SQLite in `data`.
    `temporal`: address of a Temporal server; unset means our own embedded one. `port`, `psp_port`,
    `temporal_port`: 0 takes a free one.
    `psp`: address of the sandbox payment provider; unset starts our own.
    `smtp`: host:port; unset means that notices stay in the mailbox.
    """

    model_config = SettingsConfigDict(env_prefix="SMOT_", extra="ignore")

    data: Path = Path(".smot")
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    database: SecretStr | None = None
    temporal: str | None = None
    temporal_port: int = Field(0, ge=0, le=65535)
    temporal_ui_port: int | None = None
    temporal_binary: Path | None = None
    temporal_config: dict[str, str | int | float | bool] = {}
    psp_port: int = Field(0, ge=0, le=65535)
    psp: str | None = None
    smtp: str | None = None
    smtp_sender: str = "shop@localhost"
    master_key: SecretStr | None = None
    provider_timeout: float = Field(10.0, gt=0, le=60)

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
    def worker_ready_file(self) -> Path:
        """Holds the process id of a worker that is ready."""
        return self.data / "worker.ready"

    @property
    def running_file(self) -> Path:
        """Where the last `smot up` on this folder wrote its addresses."""
        return self.data / "running.json"
