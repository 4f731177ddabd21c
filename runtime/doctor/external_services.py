"""Checks of the services that others run: the payment provider and the mail server."""

from dataclasses import replace

import aiohttp

from adapters.channels.smtp import Smtp
from adapters.channels.smtp_trial import MailTrialFailed, try_mail_server
from runtime.config.deployment import is_cluster, locate
from runtime.config.deployment_file import DeploymentNotFound
from runtime.config.settings import Settings
from runtime.doctor.finding import Finding, error, ok, warning
from runtime.doctor.machine import running_instance

_TIMEOUT = 5.0  # seconds


async def provider(settings: Settings) -> list[Finding]:
    """The payment provider responds to /healthz."""
    if settings.psp is None and not is_cluster(settings) and not running_instance(settings):
        return [ok("payments", "the sandbox provider is not running; `smot up` starts it")]
    try:
        address = settings.psp or locate(settings).psp
    except DeploymentNotFound as problem:
        return [warning("payments", str(problem), "start it again")]
    if address is None:
        return [error("payments", "SMOT_PSP is not set", "set it to the address of the payment provider")]
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT)) as http,
            http.get(f"{address}/healthz") as response,
        ):
            status = response.status
    except (aiohttp.ClientError, TimeoutError) as problem:
        return [error("payments", f"no answer from {address} ({type(problem).__name__})", "check SMOT_PSP")]
    if status != 200:
        return [error("payments", f"{address} responds with status {status}", "check the provider")]
    return [ok("payments", f"{address} answers")]


async def mail(settings: Settings) -> list[Finding]:
    """The mail server answers, with the certificate and the login that are set."""
    server = settings.smtp_server
    if server is None:
        return [ok("mail", "letters stay in the mailbox; set SMOT_SMTP to send them")]
    try:
        smtp = Smtp(replace(server, timeout=_TIMEOUT), settings.smtp_sender)
        found = ", ".join([done async for done in try_mail_server(smtp)])
    except (MailTrialFailed, OSError) as problem:
        return [error("mail", str(problem), "check SMOT_SMTP; `smot mail try` sends a letter")]
    if settings.smtp_sender.endswith("@localhost"):
        return [warning("mail", f"{found}; letters are from {settings.smtp_sender}", "set SMOT_SMTP_SENDER")]
    return [ok("mail", found)]
