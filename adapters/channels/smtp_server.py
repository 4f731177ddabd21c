"""A mail server, and the URL by which an operator names it."""

import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Tls = Literal["off", "starttls", "implicit"]
_FORM = "must be a URL like smtps://user@host:465 or smtp://user@host:587"
_ESCAPES = "in a user or password, %, /, ?, # and @ are written as %25, %2F, %3F, %23 and %40"
_PORTS = {"smtp": 587, "smtps": 465}  # RFC 8314: submission, and submission over TLS


class SmtpUrlError(ValueError):
    """A URL that names no mail server. The text says why and repeats nothing of it."""


@dataclass(frozen=True)
class SmtpServer:
    """A mail server.

    login: user and password.
    ca_file: certificates of private authorities that are trusted besides the system's.
    timeout: seconds for one message; the goodbye to the server may take two more.
    """

    host: str
    port: int
    tls: Tls = "off"
    login: tuple[str, str] | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout: float = 20.0

    @property
    def address(self) -> str:
        """Host and port, without the login."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def on_this_machine(self) -> bool:
        """Whether it is reached by the loopback address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def tls_context(self) -> ssl.SSLContext:
        """Certificates and host names are always verified. Raises OSError for a file of authorities that cannot be read."""
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(cafile=self.ca_file)
        return context


def parse_smtp_url(url: str, password: str | None = None, ca_file: Path | None = None) -> SmtpServer:
    """The server of `smtps://user:password@host:465` or `smtp://user@host:587`. Raises SmtpUrlError.

    With `smtp` STARTTLS is required, unless the URL ends with `?starttls=never`. `password`: of the user in the URL, where the
    URL has none.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not url.isprintable() or " " in url:
        raise SmtpUrlError(_FORM)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SmtpUrlError(f"{_FORM}, its port a number; {_ESCAPES}") from None
    if not host or port == 0:
        raise SmtpUrlError(_FORM)
    if parts.path not in ("", "/") or parts.fragment:
        raise SmtpUrlError(f"{_FORM}, with nothing behind the port; {_ESCAPES}")
    server = SmtpServer(host, port or _PORTS[parts.scheme], _tls(parts), _login(parts, password), ca_file)
    if server.login and server.tls == "off" and not server.on_this_machine:
        raise SmtpUrlError("has a user and starttls=never: the password would leave this machine in clear")
    return server


def _tls(parts: SplitResult) -> Tls:
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    wanted = given.pop("starttls", "required")
    if given or wanted not in ("required", "never"):
        raise SmtpUrlError("knows only starttls=required and starttls=never behind the ?")
    if parts.scheme == "smtps":
        if parts.query:
            raise SmtpUrlError("is encrypted from the start with smtps: starttls is for smtp")
        return "implicit"
    return "off" if wanted == "never" else "starttls"


def _login(parts: SplitResult, password: str | None) -> tuple[str, str] | None:
    user, given = unquote(parts.username or ""), unquote(parts.password or "")
    if not user:
        if given or password:
            raise SmtpUrlError("has a password and no user: smtps://user@host")
        return None
    if given and password:
        raise SmtpUrlError("has a password, and SMOT_SMTP_PASSWORD is another: give one of them")
    if not (given or password):
        raise SmtpUrlError("has a user and no password: set SMOT_SMTP_PASSWORD, or user:password in the URL")
    return user, given or password or ""
