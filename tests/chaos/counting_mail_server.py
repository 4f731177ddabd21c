"""A mail server that counts how often each message came, by the id that it keeps over all tries."""

import asyncio
import email
from collections import Counter

from aiosmtpd.smtp import SMTP, Envelope, Session


class CountingMailServer:
    """`came`: by Message-ID."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """Its address, as `SMOT_SMTP` has it."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(self, hostname="post.test"), "127.0.0.1", 0
        )
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}?starttls=never"

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        self.received[
            email.message_from_bytes(content if isinstance(content, bytes) else b"")["Message-ID"]
        ] += 1
        return "250 taken"

    @property
    def duplicates(self) -> int:
        """Messages beyond the first of each id."""
        return self.received.total() - len(self.received)
