"""The settings of a deployment, read from `SMOT_…` variables. Each has a default that works with `smot up`."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.channels.mail_message import mail_sender, single_address
from adapters.channels.smtp_server import SmtpServer, parse_smtp_url

SECRETS_DIR = "SMOT_SECRETS_DIR"
# With the server's default of 24 h, a closed order would be gone the next day.
RETENTION = timedelta(days=365)
RateLimitName = Literal[
    "reads", "writes", "links", "public", "senders", "webhooks", "failures", "unsubscribes", "unknown_codes",
    "sign_ins", "sign_in_networks", "lookups", "lookups_of_order",
    "channel_trials",
]  # fmt: skip
SharedChannel = Literal["sms", "whatsapp", "push", "chat"]
MailRelay = Literal["postmark", "mailgun", "sendgrid", "ses", "message", "generic"]
HostPort = Annotated[str, StringConstraints(pattern=r"^[\w.:\[\]-]+:\d{1,5}$")]


def _rate(text: str) -> str:
    from limits import parse

    if text != "off":
        try:
            amount = parse(text).amount
        except ValueError:
            amount = 0
        if amount < 1:
            raise ValueError("must be like 100/10seconds, or off")
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


def _sender(text: str) -> str:
    mail_sender(text)
    return text


def _address(text: str) -> str:
    return single_address(text).addr_spec


Rate = Annotated[str, AfterValidator(_rate)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_postgresql)]
Port = Annotated[int, Field(ge=1, le=65535)]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")]


class Settings(BaseSettings):
    """The settings. `docs/settings.md` is generated from the descriptions of the fields.

    Each may be a file in the folder `SMOT_SECRETS_DIR`, named like its variable in lower case (`smot_database`). A variable of
    the environment takes precedence over the file.
    """

    model_config = SettingsConfigDict(env_prefix="SMOT_", extra="ignore")

    data: Path = Field(Path(".smot"), description="folder of `smot up`, holding every file it writes")
    host: str = Field("127.0.0.1", description="address that the API listens on; `0.0.0.0` for all")
    port: int = Field(8080, ge=0, le=65535, description="port of the API; 0 takes a free one")
    database: DatabaseUrl | None = Field(
        None, description="`postgresql://user:password@host:5432/database`; unset: SQLite in the data folder"
    )
    master_key: SecretStr | None = Field(
        None,
        description="32 bytes in base64 that seal names and addresses, or several such lines, the newest last, while one is "
        "replaced; unset: `secrets.key` in the data folder",
    )
    admin_key: SecretStr | None = Field(
        None, description="the platform admin's key, for `smot merchants add --api`"
    )
    psp: WebAddress | None = Field(
        None, description="address of the payment provider; unset: `smot up` starts the sandbox provider"
    )
    psp_port: int = Field(0, ge=0, le=65535, description="port of that sandbox provider; 0 takes a free one")
    simulator: WebAddress | None = Field(
        None, description="address of the carrier simulator; unset: `smot up` starts one"
    )
    simulator_port: int = Field(0, ge=0, le=65535, description="port of that simulator; 0 takes a free one")
    tracker_timeout: float = Field(
        8.0, gt=0, le=20, description="seconds until a poll of a tracking service is given up"
    )
    provider_timeout: float = Field(
        10.0,
        gt=0,
        le=60,
        description="seconds until a call to the provider is given up; its outcome is then unknown and is looked up",
    )
    smtp_password: SecretStr | None = Field(
        None, description="password of the user in `SMOT_SMTP`, where the URL has none"
    )
    smtp_ca_file: Path | None = Field(
        None,
        description="certificates of a private authority that signed the mail server's; trusted besides the system's",
    )
    smtp: SecretStr | None = Field(
        None,
        description="mail server: `smtps://user@host:465`, or `smtp://user@host:587` with STARTTLS (`?starttls=never` without "
        "encryption); unset: letters stay in the mailbox",
    )
    smtp_sender: Annotated[str, AfterValidator(_sender)] = Field(
        "shop@localhost",
        description="sender of letters, with or without a name (`Shop <orders@shop.example>`), of merchants without their own",
    )
    smtp_return_path: Annotated[str, AfterValidator(_address)] | None = Field(
        None,
        description="address to which mail servers report undelivered letters; each letter has its own "
        "(`bounces+…@shop.example`); unset: the sender's",
    )
    mail_webhooks: dict[MailRelay, SecretStr | tuple[SecretStr, ...]] = Field(
        {},
        description="secrets of webhooks about bounces and complaints, by relay, as a JSON object; a list while one replaces "
        "another; see `docs/mail.md`",
    )
    sandbox_letters: Literal["mailbox", "send"] = Field(
        "mailbox",
        description="`send`: letters of sandbox merchants leave too, for development with a mail server on this machine",
    )
    message_templates: Path | None = Field(
        None,
        description="folder with further languages of the messages to customers (`fr.po`), or with templates that replace ours",
    )
    public_url: WebAddress | None = Field(
        None,
        description="base URL at which customers reach the API, for links in messages; unset: no links",
    )
    channels: dict[SharedChannel, SecretStr] = Field(
        {},
        description="URLs of further channels for merchants without their own, as a JSON object; see "
        "`docs/notices.md`",
    )
    temporal: HostPort | None = Field(
        None,
        description="host:port of a Temporal server on this machine; that of a cluster is in `TEMPORAL_ADDRESS`",
    )
    temporal_port: int = Field(
        0, ge=0, le=65535, description="port of the Temporal server of `smot up`; 0 takes a free one"
    )
    temporal_ui_port: int | None = Field(None, ge=1, le=65535, description="port of its web UI; unset: none")
    temporal_binary: Path | None = Field(
        None, description="its program; unset: the one that is installed with smot"
    )
    temporal_config: dict[str, str | int | float | bool] = Field(
        {}, description="further dynamic configuration of that server, as a JSON object"
    )
    retention: timedelta = Field(
        RETENTION, description="how long Temporal keeps closed journeys; never lowered on a running namespace"
    )
    cached_journeys: int = Field(
        2000,
        ge=1,
        description="journeys that a worker process holds in memory; others are replayed when they get work",
    )
    worker_metrics: HostPort | None = Field(
        None, description="host:port of a worker's metrics; its other processes take the ports after it"
    )
    worker_poll_max_age: timedelta = Field(
        timedelta(seconds=70), description="`/readyz` fails when no worker has polled Temporal for that long"
    )
    log: Literal["auto", "json", "console"] = Field(
        "auto", description="`json`, `console`, or `auto`: console on a terminal, else JSON"
    )
    metrics_open: bool = Field(False, description="`/metrics` requires no key; only for a closed network")
    rate_reads: Rate = Field(
        "10000/10seconds",
        description="reads of one role of a merchant that one API process accepts; `off` for no limit",
    )
    rate_writes: Rate = Field("3000/10seconds", description="writes of one role of a merchant, likewise")
    rate_links: Rate = Field(
        "120/minute",
        description="reads and writes by one customer's link, likewise; counted before those of its merchant's customers",
    )
    rate_public: Rate = Field(
        "1200/minute",
        description="requests of one network for one page, probe or link that needs no key, likewise",
    )
    rate_senders: Rate = Field(
        "10000/10seconds", description="webhooks from one network, likewise; counted before they are read"
    )
    rate_webhooks: Rate = Field(
        "10000/10seconds", description="webhooks that a merchant's carriers and storefronts signed, likewise"
    )
    rate_failures: Rate = Field(
        "1200/minute", description="wrong keys and signatures from one network, likewise"
    )
    rate_unsubscribes: Rate = Field("20/minute", description="uses of one link to unsubscribe, likewise")
    rate_unknown_codes: Rate = Field(
        "300/minute", description="unknown drop-off codes scanned with one partner's key, likewise"
    )
    rate_sign_ins: Rate = Field("20/15minutes", description="attempts to sign in to one account, likewise")
    rate_sign_in_networks: Rate = Field(
        "300/15minutes", description="attempts to sign in from one network, likewise"
    )
    rate_lookups: Rate = Field(
        "30/10minutes", description="searches of customers for their order from one network, likewise"
    )
    rate_lookups_of_order: Rate = Field(
        "10/hour", description="searches for one order number, whether it exists or not, likewise"
    )
    rate_channel_trials: Rate = Field("20/hour", description="test messages of one merchant, likewise")
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        (),
        description='networks of proxies whose `X-Forwarded-For` names the client, as a JSON list (`["10.0.0.0/8"]`); unset: '
        "the client is who connects",
    )
    connections: int = Field(
        4096,
        ge=16,
        description="connections that one API process holds open, fewer where the hard limit of open files is low; above it "
        "the oldest that no request uses ends",
    )
    connections_per_network: int = Field(
        512, ge=8, description="of them from one network that is no trusted proxy, likewise"
    )
    webhook_egress: Literal["public", "anywhere"] = Field(
        "public",
        description="`anywhere`: outgoing webhooks may go to plain http and private addresses, for development",
    )
    webhook_ports: tuple[Port, ...] = Field((443, 8443), description="ports they may go to, as a JSON list")
    webhook_timeout: float = Field(
        15.0, gt=0, le=30, description="seconds until a delivery to a receiver is given up"
    )

    @field_validator("smtp")
    @classmethod
    def _names_a_mail_server(cls, url: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        """Checked together with its password and authorities, which are declared before it."""
        if url is not None:
            _mail_server(url, others.data.get("smtp_password"), others.data.get("smtp_ca_file"))
        return url

    @field_validator("sandbox_letters")
    @classmethod
    def _reach_nobody(cls, wanted: str, others: ValidationInfo) -> str:
        url = others.data.get("smtp")
        if wanted == "send" and url is not None:
            server = _mail_server(url, others.data.get("smtp_password"), None)
            if not server.on_this_machine:
                raise ValueError(
                    "`send` needs a mail server on this machine, so that test letters reach no customer"
                )
        return wanted

    def __init__(self, **given: Any) -> None:
        super().__init__(_secrets_dir=os.environ.get(SECRETS_DIR), **given)

    @property
    def database_url(self) -> str:
        """The URL for SQLAlchemy, with its driver. It may hold a password, so it must never be logged."""
        if self.database is None:
            return f"sqlite+aiosqlite:///{self.data.absolute() / 'smot.db'}"
        return self.database.get_secret_value().replace("postgresql://", "postgresql+asyncpg://", 1)

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server with its login; None where letters stay in the mailbox."""
        return _mail_server(self.smtp, self.smtp_password, self.smtp_ca_file) if self.smtp else None

    @property
    def mail_webhook_secrets(self) -> dict[str, list[str]]:
        """By relay, the secrets of which one shows that a webhook is its own."""
        given = {name: one if isinstance(one, tuple) else (one,) for name, one in self.mail_webhooks.items()}
        return {name: [secret.get_secret_value() for secret in secrets] for name, secrets in given.items()}

    @property
    def rates(self) -> dict[RateLimitName, str]:
        """The rate limits of this API process."""
        return {
            "reads": self.rate_reads,
            "writes": self.rate_writes,
            "links": self.rate_links,
            "public": self.rate_public,
            "senders": self.rate_senders,
            "webhooks": self.rate_webhooks,
            "failures": self.rate_failures,
            "unsubscribes": self.rate_unsubscribes,
            "unknown_codes": self.rate_unknown_codes,
            "sign_ins": self.rate_sign_ins,
            "sign_in_networks": self.rate_sign_in_networks,
            "lookups": self.rate_lookups,
            "lookups_of_order": self.rate_lookups_of_order,
            "channel_trials": self.rate_channel_trials,
        }

    @property
    def secrets_file(self) -> Path:
        """Where `smot up` keeps the master key when none is set."""
        return self.data / "secrets.key"

    @property
    def admin_key_file(self) -> Path:
        """Where `smot up` keeps the platform admin's bearer key."""
        return self.data / "admin.key"

    @property
    def deployment_file(self) -> Path:
        """Where the last `smot up` on the data folder wrote its addresses."""
        return self.data / "running.json"


def _mail_server(url: SecretStr, password: SecretStr | None, ca_file: Path | None) -> SmtpServer:
    return parse_smtp_url(url.get_secret_value(), password.get_secret_value() if password else None, ca_file)
