"""E-mail over SMTP, one connection per message."""

import asyncio
import re
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import formatdate, parseaddr
from typing import Any, Literal
from urllib.parse import quote

import aiosmtplib

from domain import keys
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message

_AUTH_CODES = {
    530,
    534,
    535,
    538,
}  # even in answer to a recipient: our account is wrong, not their address
_WORD = r"""[^\s@<>()",;:\\\[\].]+"""
_ONE_ADDRESS = re.compile(rf"{_WORD}(\.{_WORD})*@{_WORD}(\.{_WORD})*")
_QUIT_TIMEOUT = 2.0  # seconds


class _SmtpConnection(aiosmtplib.SMTP):
    """A connection that knows whether it began to hand the text over: from then on the server may have taken it."""

    data_started = False

    async def data(self, *args: Any, **options: Any) -> aiosmtplib.SMTPResponse:
        self.data_started = True
        return await super().data(*args, **options)


class Smtp:
    """A Channel to one mail server.

    Only a permanent no to this recipient or this text is Bounced. A permanent no to *us* (greeting, login,
    sender) is Unreachable: it would bounce every customer's mail for an operator's slip, and a retry works once
    that is mended.
    """

    deduplicates = True  # by its Message-ID, as far as anybody can

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        tls: Literal["off", "starttls", "implicit"] = "off",
        login: tuple[str, str] | None = None,
        timeout: float = 20.0,
    ) -> None:
        """`sender` is the From address, with or without a name; `login` is user and password.

        `timeout` in seconds bounds one whole send, whatever the server does; a goodbye may add two.
        """
        name, address = parseaddr(sender)
        self._sender = _address(address, name)
        self._timeout = timeout
        self._host, self._port = host, port
        self._tls, self._login = tls, login

    async def send(self, message: Message) -> None:
        """Hand the message over once. Raises Bounced, Unreachable or PerhapsTaken; none holds the address or the text."""
        try:
            recipient = _address(message.to)
            mail = self._mail(message, recipient)
        except ValueError:
            raise Bounced("not one address, or a line break in a header") from None
        client = self._client()
        try:
            async with asyncio.timeout(self._timeout):
                await client.connect()
                await client.send_message(
                    mail, sender=self._sender.addr_spec, recipients=[recipient.addr_spec]
                )
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            # The cause is cut off: the server's words often repeat the address, and tracebacks are logged.
            raise _error_for(problem, client.data_started) from None
        else:
            await _quit(client)
        finally:
            client.close()

    def _from(self, brand: str) -> Address:
        """Our address under the shop's name; an odd name is no reason to bounce a customer's mail."""
        name = "".join(filter(str.isprintable, brand))[:78].strip()
        return Address(name, self._sender.username, self._sender.domain) if name else self._sender

    def _client(self) -> _SmtpConnection:
        user, password = self._login or (None, None)
        return _SmtpConnection(
            hostname=self._host,
            port=self._port,
            username=user,
            password=password,
            use_tls=self._tls == "implicit",
            start_tls=self._tls == "starttls",
            timeout=self._timeout,
        )

    def _mail(self, message: Message, recipient: Address) -> EmailMessage:
        mail = EmailMessage(policy=MAIL)
        mail["Message-ID"] = f"<{_id_text(message.message_id)}@smot>"
        mail["Date"] = formatdate()
        mail["From"] = self._from(message.brand)
        mail["To"] = recipient
        mail["Subject"] = message.subject
        mail["Auto-Submitted"] = "auto-generated"  # keeps out-of-office robots from answering
        for name, value in message.headers.items():
            mail[name] = value
        mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
        if message.html:
            mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
        return mail


def _error_for(problem: Exception, data_started: bool) -> Bounced | ChannelUnavailable:
    """Whether to try again. A ValueError is an address that cannot be written into an SMTP command.

    `began`: the text was on its way, so only the server's own no says that it has not taken it.
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
    """QUIT, but whatever comes of it the server has taken the message: an error here would send it twice."""
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_QUIT_TIMEOUT)


def _address(text: str, name: str = "") -> Address:
    """The one address in the text. ValueError otherwise: a comma or line break must not reach a second person.

    Checked by hand because the standard library's parser answers odd addresses with IndexError, TypeError and more.
    Quoted local parts are not taken; nobody's shop account has one.
    """
    if len(text) > 254 or not text.isprintable() or not _ONE_ADDRESS.fullmatch(text):
        raise ValueError("not one address")
    user, _, domain = text.rpartition("@")
    return Address(name, user, domain)


def _id_text(message_id: str) -> str:
    """The id in characters a Message-ID may hold; a long one by its hash, as folding garbles it."""
    text = quote(message_id, safe="/+=")
    return text if len(text) <= 60 else keys.digest(message_id)
