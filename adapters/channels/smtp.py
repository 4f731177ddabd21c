"""E-mail over SMTP, one connection a message."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import aiosmtplib

from adapters.bounce_codes import report_of
from adapters.channels.mail_message import mail_message, mail_sender, single_address
from adapters.channels.relay_headers import relay_headers
from adapters.channels.smtp_server import SmtpServer
from adapters.relay_answers import redacted_answer
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message

# Also in response to a recipient, these codes are about our account and not about the recipient's address.
_AUTH_CODES = {530, 534, 535, 538}
_QUIT_TIMEOUT = 2.0  # seconds


@dataclass(frozen=True)
class MailLetter:
    """A mail with its envelope: the return path, and the one recipient."""

    mail: EmailMessage
    sender: str
    recipient: str


class SmtpConnection(aiosmtplib.SMTP):
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

    def __init__(self, server: SmtpServer, sender: str, return_path: str = "") -> None:
        """The deployment's From address, with or without a name, and its return path; a merchant's go before them.

        Raises OSError for a file of authorities that cannot be read.
        """
        self.server, self._sender = server, mail_sender(sender)
        self._return_path = return_path
        self._tls: ssl.SSLContext | None = None if server.tls == "off" else server.tls_context()

    async def send(self, message: Message) -> str | None:
        """See the port. No exception contains the address or the text."""
        try:
            letter = self.letter(message)
        except ValueError:
            raise Bounced("not one address, or a line break in a header") from None
        client = self.connection()
        try:
            async with asyncio.timeout(self.server.timeout):
                await client.connect()
                _, answer = await client.send_message(
                    letter.mail, sender=letter.sender, recipients=[letter.recipient]
                )
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            # Without its cause: the server's text often repeats the address, and tracebacks are logged.
            raise _error_for(problem, client.data_started) from None
        else:
            await _quit(client)
            return redacted_answer(answer)
        finally:
            client.close()

    def letter(self, message: Message) -> MailLetter:
        """What is given to the mail server. Raises ValueError."""
        recipient = single_address(message.to)
        mail = mail_message(message, self._sender, recipient)
        if message.reference:
            for name, value in relay_headers(self.server.host, message.reference).items():
                mail[name] = value
        return MailLetter(mail, self._envelope_sender(message), recipient.addr_spec)

    def _envelope_sender(self, message: Message) -> str:
        """The return path of this letter: with its reference behind a plus, so that a bounce names it. RFC 5233

        Without a return path it is the sender's address as it is: not every mailbox takes mail for an address with a plus.
        """
        path = message.sender.return_path or self._return_path
        if not path:
            return single_address(message.sender.address or self._sender.addr_spec).addr_spec
        address = single_address(path)
        user = f"{address.username}+{message.reference}" if message.reference else address.username
        return f"{user}@{address.domain}"

    def connection(self, *, greeting_only: bool = False) -> SmtpConnection:
        """A connection that is not open yet. `greeting_only`: STARTTLS and login are left to the caller."""
        server, log_in = self.server, self.server.login and not greeting_only
        return SmtpConnection(
            hostname=server.host,
            port=server.port,
            username=server.login[0] if server.login and log_in else None,
            password=server.login[1] if server.login and log_in else None,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls" and not greeting_only,
            tls_context=self._tls,
            timeout=server.timeout,
        )


def _error_for(problem: Exception, data_started: bool) -> Bounced | ChannelUnavailable:
    """Whether to try again. A ValueError is an address that cannot be written into an SMTP command.

    data_started: the text was being sent, so only a refusal by the server shows that it was not accepted.
    """
    match problem:
        case ValueError() if not isinstance(problem, OSError):  # a certificate that is refused is both
            return Bounced("not an address")
        case aiosmtplib.SMTPRecipientsRefused(recipients=[refusal, *_]):
            code, text = refusal.code, refusal.message
        case aiosmtplib.SMTPRecipientRefused() | aiosmtplib.SMTPDataError():
            code, text = problem.code, problem.message
        case _:
            name = type(problem).__name__
            return DeliveryUnknown(name) if data_started else ChannelUnavailable(name)
    if 500 <= code < 600 and code not in _AUTH_CODES:
        recipient = not isinstance(problem, aiosmtplib.SMTPDataError)
        bad_address = recipient and report_of("", text) == "bounced"
        return Bounced(f"refused with {code}", redacted_answer(f"{code} {text}"), bad_address=bad_address)
    return ChannelUnavailable(f"not taken: {code}")


async def _quit(client: aiosmtplib.SMTP) -> None:
    """QUIT. Its errors are ignored: the server has accepted the message, and a retry would send it twice."""
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_QUIT_TIMEOUT)
