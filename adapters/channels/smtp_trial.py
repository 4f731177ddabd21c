"""A trial of a mail server, step by step: connection, encryption, login, sender, recipient, text."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import aiosmtplib

from adapters.channels.smtp import MailLetter, Smtp
from adapters.channels.smtp_server import SmtpServer
from adapters.relay_answers import redacted_answer


class MailTrialFailed(Exception):
    """A step failed; the text names it and what the server answered."""


async def try_mail_server(smtp: Smtp, letter: MailLetter | None = None) -> AsyncIterator[str]:
    """Each step that succeeded, as a sentence. With a letter it is sent. Raises MailTrialFailed at the step that fails."""
    server, client = smtp.server, smtp.connection(greeting_only=True)
    try:
        async with asyncio.timeout(server.timeout):
            async for done in _opened(server, client):
                yield done
            if letter is not None:
                async for done in _sent(client, letter):
                    yield done
            await client.quit()
    except TimeoutError:
        raise MailTrialFailed(f"{server.address} gave no answer within {server.timeout:g} seconds") from None
    finally:
        client.close()


async def _opened(server: SmtpServer, client: aiosmtplib.SMTP) -> AsyncIterator[str]:
    with _step(f"the connection to {server.address}"):
        await client.connect()
        await client.ehlo()
    yield f"connected to {server.address}"
    if server.tls == "starttls":
        with _step("STARTTLS"):
            await client.starttls()
    yield _encryption(server, client)
    if server.login is not None:
        with _step("the login"):
            await client.login(*server.login)
        yield "login accepted"


async def _sent(client: aiosmtplib.SMTP, letter: MailLetter) -> AsyncIterator[str]:
    with _step("the sender"):
        answer = await client.mail(letter.sender)
    yield f"sender accepted: {redacted_answer(f'{answer.code} {answer.message}')}"
    with _step("the recipient"):
        answer = await client.rcpt(letter.recipient)
    yield f"recipient accepted: {redacted_answer(f'{answer.code} {answer.message}')}"
    with _step("the letter"):
        answer = await client.data(letter.mail.as_bytes())
    yield f"letter accepted: {redacted_answer(f'{answer.code} {answer.message}')}"


def _encryption(server: SmtpServer, client: aiosmtplib.SMTP) -> str:
    if server.tls == "off":
        return "not encrypted"
    session: Any = client.get_transport_info("ssl_object")
    return f"encrypted with {session.version()}, the certificate is one of {server.host}"


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Turn the failure of a step into a sentence. The server's answer is repeated without addresses."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as problem:
        answer = redacted_answer(f"{problem.code} {problem.message}")
        raise MailTrialFailed(f"{name} was refused: {answer}") from None
    except (aiosmtplib.SMTPException, OSError) as problem:
        raise MailTrialFailed(f"{name} failed: {_why(problem)}") from None


def _why(problem: BaseException) -> str:
    """Verification of a certificate is told apart: it is the most frequent mistake of a new deployment."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is refused ({cause.verify_message})"
        cause = cause.__cause__ or cause.__context__
    return redacted_answer(str(problem)) or type(problem).__name__
