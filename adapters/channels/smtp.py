"""E-mail over SMTP, one connection a message."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any, Literal

import aiosmtplib

from adapters.channels.mail_message import mail_message, single_address
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message

# Also in response to a recipient, these codes are about our account and not about the recipient's address.
_AUTH_CODES = {530, 534, 535, 538}
_QUIT_TIMEOUT = 2.0  # seconds


@dataclass(frozen=True)
class SmtpServer:
    """A mail server.

    login: user and password.
    timeout: seconds for one message; the goodbye to the server may take two more.
    """

    host: str
    port: int
    tls: Literal["off", "starttls", "implicit"] = "off"
    login: tuple[str, str] | None = field(default=None, repr=False)
    timeout: float = 20.0


class _SmtpConnection(aiosmtplib.SMTP):
    """A connection that records whether it began to send the text: from then on the server may have accepted it."""

    data_started = False

    async def data(self, *args: Any, **options: Any) -> aiosmtplib.SMTPResponse:
        self.data_started = True
        return await super().data(*args, **options)


class Smtp:
    """A Channel to one mail server.

    Only a permanent refusal of this recipient or this text is Bounced. A permanent refusal of the sender (greeting, login,
    sender address) is ChannelUnavailable: else an operator's mistake would bounce every customer's mail, and a retry succeeds
    once the mistake is corrected.
    """

    deduplicates = True  # by the Message-ID, which mail servers and programs may ignore

    def __init__(self, server: SmtpServer, sender: str) -> None:
        """`sender`: the From address, with or without a name."""
        name, address = parseaddr(sender)
        self._server, self._sender = server, single_address(address, name)

    async def send(self, message: Message) -> None:
        """See the port. No exception contains the address or the text."""
        try:
            recipient = single_address(message.to)
            mail = mail_message(message, self._sender, recipient)
        except ValueError:
            raise Bounced("not one address, or a line break in a header") from None
        client = self._client()
        try:
            async with asyncio.timeout(self._server.timeout):
                await client.connect()
                await client.send_message(
                    mail, sender=self._sender.addr_spec, recipients=[recipient.addr_spec]
                )
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            # Without its cause: the server's text often repeats the address, and tracebacks are logged.
            raise _error_for(problem, client.data_started) from None
        else:
            await _quit(client)
        finally:
            client.close()

    def _client(self) -> _SmtpConnection:
        server = self._server
        user, password = server.login or (None, None)
        return _SmtpConnection(
            hostname=server.host,
            port=server.port,
            username=user,
            password=password,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",
            timeout=server.timeout,
        )


def _error_for(problem: Exception, data_started: bool) -> Bounced | ChannelUnavailable:
    """Whether to try again. A ValueError is an address that cannot be written into an SMTP command.

    data_started: the text was being sent, so only a refusal by the server shows that it was not accepted.
    """
    match problem:
        case ValueError():
            return Bounced("not an address")
        case aiosmtplib.SMTPRecipientsRefused(recipients=[refusal, *_]):
            code = refusal.code
        case aiosmtplib.SMTPRecipientRefused(code=code) | aiosmtplib.SMTPDataError(code=code):
            pass
        case _:
            name = type(problem).__name__
            return DeliveryUnknown(name) if data_started else ChannelUnavailable(name)
    if 500 <= code < 600 and code not in _AUTH_CODES:
        return Bounced(f"refused with {code}")
    return ChannelUnavailable(f"not taken: {code}")


async def _quit(client: aiosmtplib.SMTP) -> None:
    """QUIT. Its errors are ignored: the server has accepted the message, and a retry would send it twice."""
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_QUIT_TIMEOUT)
