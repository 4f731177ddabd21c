"""Where the staff of a merchant sign in by OpenID Connect: set, shown and forgotten by its admins."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.staff.accounts import USER_ROLES
from domain.staff.openid import is_domain
from domain.text import IsText
from ports.openid import OpenIdClient, OpenIdProvider
from store.merchants.openid_providers import OpenIdRules, StoredOpenIdProviders
from store.merchants.users import Users

OpenIdRefusal = Literal[
    "not_installed", "no_secret", "no_domains", "admins_are_invited", "no_such_admin", "issuer_refused"
]


def _mail_domain(text: str) -> str:
    if not is_domain(text):
        raise PydanticCustomError("no_domain", "must be a domain in small letters, as shop.example")
    return text


def _user_role(role: Role | None) -> Role | None:
    if role is not None and role not in USER_ROLES:
        raise PydanticCustomError("no_user_role", "must be a role of users")
    return role


MailDomain = Annotated[str, Field(max_length=253), AfterValidator(_mail_domain)]


class OpenIdSettings(Frozen):
    """How the staff of a merchant sign in at a provider."""

    issuer: Annotated[str, Field(min_length=1, max_length=1000)]
    """The provider's address exactly as its document `/.well-known/openid-configuration` names it."""
    client_id: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")]
    """What the provider knows this merchant by."""
    label: Annotated[str, Field(min_length=1, max_length=40), *IsText]
    """What the button of the sign-in page names."""
    domains: Annotated[tuple[MailDomain, ...], Field(max_length=20)] = ()
    """The domains of addresses that may come in; none for any."""
    new_user_role: Annotated[Role | None, AfterValidator(_user_role)] = None
    """The role of people who are no user yet; without it they are refused."""
    password_user: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """The only user (an admin) who may still sign in with a password; without it all may."""


class OpenIdProviderView(Frozen):
    """Where the merchant's staff sign in. The client secret is never shown."""

    issuer: str
    """The provider's address, as its own document names it."""
    client_id: str
    """What the provider knows this merchant by."""
    label: str
    """What the button of the sign-in page names."""
    domains: tuple[str, ...]
    """The domains of addresses that may come in; none for any."""
    new_user_role: Role | None
    """The role of people who are no user yet; null where they are refused."""
    password_user: str | None
    """The only user who may still sign in with a password; null where all may."""
    created_at: Instant
    """Since when it is so."""


class OpenIdSettingsRefused(ValueError):
    """The settings cannot be used. detail: of the issuer, in one word."""

    def __init__(self, reason: OpenIdRefusal, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class OpenIdSettingsService:
    """One provider a merchant at most."""

    providers: StoredOpenIdProviders
    users: Users
    openid: OpenIdProvider = field(repr=False)

    async def put(
        self, merchant: str, settings: OpenIdSettings, secret: str | None, actor: Actor
    ) -> OpenIdProviderView | None:
        """Use it in place of the one before. Without a `secret` the present one of the same client stays.

        None for an unknown merchant. Raises OpenIdSettingsRefused.
        """
        if not self.openid.installed:
            raise OpenIdSettingsRefused("not_installed")
        if settings.new_user_role is Role.ADMIN:
            raise OpenIdSettingsRefused("admins_are_invited")
        if settings.new_user_role is not None and not settings.domains:
            raise OpenIdSettingsRefused("no_domains")
        if settings.password_user is not None and not await self._is_admin(merchant, settings.password_user):
            raise OpenIdSettingsRefused("no_such_admin")
        client = OpenIdClient(
            settings.issuer,
            settings.client_id,
            secret or await self._present_secret(merchant, settings),
        )
        reason = await self.openid.rejection_reason(settings.issuer)
        if reason is not None:
            raise OpenIdSettingsRefused("issuer_refused", reason)
        role, password_user = settings.new_user_role or "", settings.password_user or ""
        rules = OpenIdRules(settings.label, settings.domains, role, password_user)
        found = await self.providers.put(merchant, client, rules, actor)
        return await self.find(merchant) if found else None

    @property
    def installed(self) -> bool:
        """Whether this deployment has OpenID Connect."""
        return self.openid.installed

    async def find(self, merchant: str) -> OpenIdProviderView | None:
        """What is set; None for nothing."""
        row = await self.providers.find(merchant)
        if row is None:
            return None
        client, rules = self.providers.client(row), self.providers.rules(row)
        return OpenIdProviderView(
            issuer=client.issuer,
            client_id=client.client_id,
            label=rules.label,
            domains=rules.domains,
            new_user_role=Role(rules.new_users) if rules.new_users else None,
            password_user=rules.password_user or None,
            created_at=row.created_at,
        )

    async def label(self, merchant: str) -> str:
        """What the button names; empty where the merchant has no provider, and for an unknown merchant."""
        row = await self.providers.find(merchant) if merchant and self.openid.installed else None
        return row.label if row is not None else ""

    async def remove(self, merchant: str, actor: Actor) -> bool:
        """All sign in with passwords again; False when there was none."""
        return await self.providers.remove(merchant, actor)

    async def _present_secret(self, merchant: str, settings: OpenIdSettings) -> str:
        """Of the same client only: a secret is never sent to an issuer for which it was not given."""
        row = await self.providers.find(merchant)
        client = self.providers.client(row) if row is not None else None
        if client is None or (client.issuer, client.client_id) != (settings.issuer, settings.client_id):
            raise OpenIdSettingsRefused("no_secret")
        return client.secret

    async def _is_admin(self, merchant: str, user: str) -> bool:
        row = await self.users.find(merchant, user)
        return row is not None and row.active and bool(row.password) and row.role == Role.ADMIN
