"""Who else we depend on: the payment provider and the mail server."""

import aiohttp
import aiosmtplib

from runtime.config.deployment import is_cluster, locate
from runtime.config.deployment_file import DeploymentNotFound
from runtime.config.settings import Settings
from runtime.doctor.finding import Finding, error, ok, warning
from runtime.doctor.machine import holder_of

_TIMEOUT = 5.0  # seconds


async def provider(settings: Settings) -> list[Finding]:
    if settings.psp is None and not is_cluster(settings) and not holder_of(settings):
        return [ok("payments", "our own sandbox provider, not running; it runs while `smot up` does")]
    try:
        address = settings.psp or locate(settings).psp
    except DeploymentNotFound as problem:
        return [warning("payments", str(problem), "start it again")]
    if address is None:
        return [error("payments", "SMOT_PSP is not set", "name the provider: workers need it")]
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT)) as http,
            http.get(f"{address}/healthz") as answer,
        ):
            good = answer.status == 200
    except (aiohttp.ClientError, TimeoutError) as problem:
        return [error("payments", f"no answer from {address} ({type(problem).__name__})", "look at SMOT_PSP")]
    if good:
        return [ok("payments", f"{address} answers")]
    return [error("payments", f"{address} says {answer.status}", "look at the provider")]


async def mail(settings: Settings) -> list[Finding]:
    if settings.smtp is None:
        return [ok("mail", "notices stay in the mailbox; SMOT_SMTP sends them")]
    host, _, port = settings.smtp.rpartition(":")
    server = aiosmtplib.SMTP(hostname=host, port=int(port), timeout=_TIMEOUT)
    try:
        await server.connect()
        await server.quit()
    except (aiosmtplib.SMTPException, OSError) as problem:
        return [
            error("mail", f"no answer from {settings.smtp} ({type(problem).__name__})", "look at SMOT_SMTP")
        ]
    return [ok("mail", f"{settings.smtp} answers")]
