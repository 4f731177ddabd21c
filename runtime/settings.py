"""Settings: everything has a working default; the environment (`SMOT_…`) and flags of the CLI change it."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_DIR = "SMOT_SECRETS_DIR"
RETENTION = timedelta(days=365)  # a server's own 24 h would forget an order the day after it closed
Budget = Literal["reads", "writes", "webhooks", "failures"]
HostPort = Annotated[str, StringConstraints(pattern=r"^[\w.:\[\]-]+:\d{1,5}$")]


def _rate(text: str) -> str:
    from limits import parse

    if text != "off":
        parse(text)  # raises ValueError
    return text


def _postgresql(url: SecretStr) -> SecretStr:
    form = "must be a URL like postgresql://user:password@host:5432/database"
    parts = urlsplit(url.get_secret_value())
    try:
        named = (
            parts.scheme == "postgresql" and parts.hostname and parts.path.strip("/") and (parts.port or True)
        )
    except ValueError:
        raise ValueError(f"{form}, its port a number") from None
    if not named:
        raise ValueError(form)
    return url


Rate = Annotated[str, AfterValidator(_rate)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_postgresql)]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")]


class Settings(BaseSettings):
    """How this deployment runs. `data`: folder of the embedded mode, holding every file it writes.

    `database`: a PostgreSQL URL such as `postgresql://smot:secret@127.0.0.1:5432/smot`; unset means SQLite in `data`.
    `temporal`: address of our own Temporal server, for the processes beside it; a cluster's is in `TEMPORAL_…`.
    `retention`: Temporal keeps closed journeys that long; never lowered. `port`, `psp_port`,
    `temporal_port`: 0 takes a free one.
    `psp`: address of the sandbox payment provider; unset starts our own.
    `smtp`: host:port; unset means that notices stay in the mailbox.
    `log`: how lines are written; auto is console on a terminal, else JSON. `metrics_open`: /metrics needs no admin's key.
    `worker_metrics`: host:port where a worker shows the SDK's own metrics; further processes take the ports after it.
    `worker_seen_within`: how lately a worker must have polled for `/readyz` to be content.
    `rate_reads`, `rate_writes`, `rate_webhooks` per merchant, `rate_failures` (401s) per address: what one API process
    admits, such as `100/10seconds`; `off` for no limit.
    `webhooks_to`: outgoing webhooks go to `public` addresses by https on `webhook_ports`, or `anywhere` (for development:
    also plain http and this very machine); a receiver has `webhook_timeout` seconds.
    `admin_key`: the platform admin's bearer key, for commands that ask a cluster's API.

    Any of them may be a file in the folder `SMOT_SECRETS_DIR`, named like its variable in lower case (`smot_database`);
    the environment goes before it.
    """

    model_config = SettingsConfigDict(env_prefix="SMOT_", extra="ignore")

    data: Path = Path(".smot")
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    database: DatabaseUrl | None = None
    temporal: HostPort | None = None
    retention: timedelta = RETENTION
    temporal_port: int = Field(0, ge=0, le=65535)
    temporal_ui_port: int | None = None
    temporal_binary: Path | None = None
    temporal_config: dict[str, str | int | float | bool] = {}
    psp_port: int = Field(0, ge=0, le=65535)
    psp: WebAddress | None = None
    smtp: HostPort | None = None
    smtp_sender: str = "shop@localhost"
    master_key: SecretStr | None = None
    log: Literal["auto", "json", "console"] = "auto"
    metrics_open: bool = False
    worker_metrics: HostPort | None = None
    worker_seen_within: timedelta = timedelta(seconds=70)
    rate_reads: Rate = "10000/10seconds"
    rate_writes: Rate = "3000/10seconds"
    rate_webhooks: Rate = "10000/10seconds"
    rate_failures: Rate = "1200/minute"
    admin_key: SecretStr | None = None
    provider_timeout: float = Field(10.0, gt=0, le=60)
    webhooks_to: Literal["public", "anywhere"] = "public"
    webhook_ports: tuple[int, ...] = (443, 8443)
    webhook_timeout: float = Field(15.0, gt=0, le=30)

    def __init__(self, **given: Any) -> None:
        super().__init__(_secrets_dir=os.environ.get(SECRETS_DIR), **given)

    @property
    def database_url(self) -> str:
        """For SQLAlchemy, with its driver. May hold a password: never log it."""
        if self.database is None:
            return f"sqlite+aiosqlite:///{self.data.absolute() / 'smot.db'}"
        return self.database.get_secret_value().replace("postgresql://", "postgresql+asyncpg://", 1)

    @property
    def rates(self) -> dict[Budget, str]:
        """The budgets of this API process."""
        return {
            "reads": self.rate_reads,
            "writes": self.rate_writes,
            "webhooks": self.rate_webhooks,
            "failures": self.rate_failures,
        }

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
