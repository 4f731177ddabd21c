"""Port: an OpenID provider, where a merchant's staff sign in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from domain.staff.openid import OpenIdIdentity
from ports.webhooks import WebhookAnswer


class OpenIdFault(Exception):
    """The provider's answer is not believed. The text says why, in one word, for the log."""


class OpenIdUnavailable(OpenIdFault):
    """The provider gave no clear answer, or what is needed to call it is not installed."""


@dataclass(frozen=True)
class OpenIdClient:
    """What the provider knows us by."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class OpenIdAttempt:
    """One way to the provider and back. verifier: of PKCE, which never leaves before the code has come."""

    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class OpenIdProvider(Protocol):
    """Calls providers."""

    @property
    def installed(self) -> bool:
        """Whether the extra `oidc` is."""

    async def rejection_reason(self, issuer: str) -> str | None:
        """Why that issuer cannot be used, in one word; None for one whose own document names it."""

    async def authorization_address(self, client: OpenIdClient, attempt: OpenIdAttempt) -> str:
        """Where the browser goes. Raises OpenIdFault."""

    async def identity(
        self, client: OpenIdClient, attempt: OpenIdAttempt, code: str, issuer: str
    ) -> OpenIdIdentity:
        """Who has signed in, by the code that came back. `issuer`: as it stood beside the code, or empty. Raises OpenIdFault."""


class OpenIdTransport(Protocol):
    """Fetches documents of providers."""

    async def fetch(
        self, url: str, limit: int, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> WebhookAnswer:
        """GET, or POST of a form. An answer of more than `limit` bytes is none. Every failure is an answer, not an exception."""

    async def rejection_reason(self, url: str) -> str | None:
        """Why that address is not allowed, in one word; None when it is. No connection is made."""
