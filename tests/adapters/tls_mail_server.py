"""A real SMTP server that takes mail only over TLS and after a login as `shop` with `pass word`."""

import asyncio
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from adapters.channels.smtp_server import SmtpServer, Tls
from tests.adapters.fake_smtp_server import FakeSmtpServer
from tests.adapters.tls_certificates import PrivateAuthority


class TlsMailServer:
    """Two ports of one server: encrypted from the start, and after STARTTLS. `handler`: what it answers and keeps."""

    def __init__(self, authority: PrivateAuthority, handler: FakeSmtpServer, host: str = "127.0.0.1") -> None:
        self.authority, self.handler = authority, handler
        self._context = authority.server_context(host)
        self.ports: dict[Tls, int] = {}
        self._servers: list[asyncio.Server] = []

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        options = {"authenticator": _check, "auth_required": True, "hostname": "post.test", "loop": loop}

        def starttls() -> SMTP:
            return SMTP(self.handler, tls_context=self._context, require_starttls=True, **options)  # type: ignore[arg-type]

        def implicit() -> SMTP:
            return SMTP(self.handler, auth_require_tls=False, **options)  # type: ignore[arg-type]

        plain = await loop.create_server(starttls, "127.0.0.1", 0)
        encrypted = await loop.create_server(implicit, "127.0.0.1", 0, ssl=self._context)
        self._servers = [plain, encrypted]
        self.ports = {"starttls": _port(plain), "implicit": _port(encrypted)}

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def server(self, tls: Tls, password: str = "pass word", ca_file: Path | None = None) -> SmtpServer:
        """How our side reaches it."""
        login = ("shop", password)
        return SmtpServer("127.0.0.1", self.ports[tls], tls, login, ca_file or self.authority.ca_file)


def _check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    right = (getattr(data, "login", b""), getattr(data, "password", b"")) == (b"shop", b"pass word")
    return AuthResult(success=right, handled=False)


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port
