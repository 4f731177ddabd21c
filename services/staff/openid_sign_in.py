"""Sign-in of staff at their merchant's OpenID provider: away, back, and a session."""

import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.staff.openid import OpenIdIdentity, domain_allowed
from ports.openid import OpenIdAttempt, OpenIdFault, OpenIdProvider, OpenIdUnavailable
from services.short_signatures import ShortSigner
from services.staff.sign_in import SignedIn, SignIn
from store.audit import AuditLine
from store.merchants.openid_attempts import OpenIdAttempts
from store.merchants.openid_providers import OpenIdRules, StoredOpenIdProviders
from store.merchants.users import UserPerson, UserToCreate
from store.tables.all import UserRow

log = logging.getLogger(__name__)
_STATE: Final = re.compile(r"[A-Za-z0-9_-]{43}")

OpenIdProblem = Literal["ended", "denied", "unavailable", "not_believed", "no_user"]


class KeptPage(Frozen):
    """What the browser wants after the sign-in: a page, or a form that was typed for `path`."""

    next: str
    path: str = ""
    fields: Mapping[str, Sequence[str]] = {}


class ReturnedBrowser(Frozen):
    """A browser that is back. cookie: what `begin` gave it. code, issuer, error: as the provider says."""

    state: str
    cookie: str
    code: str
    issuer: str
    error: str
    device: str


class _Kept(Frozen):
    """What an attempt needs when its browser is back."""

    page: KeptPage
    redirect_uri: str
    nonce: str
    verifier: str
    issuer: str
    client_id: str


@dataclass(frozen=True)
class OpenIdBegun:
    """Where the browser goes, and what it brings back. state: names its cookie."""

    address: str
    state: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True)
class OpenIdOutcome:
    """A session, or the problem. page: of the attempt; merchant: empty where no attempt was found."""

    problem: OpenIdProblem | None
    merchant: str = ""
    page: KeptPage = field(default_factory=lambda: KeptPage(next=""))
    signed_in: SignedIn | None = None


@dataclass(frozen=True)
class OpenIdSignIn:
    """`signer`: of the cookies that bind an attempt to its browser."""

    sign_in: SignIn
    providers: StoredOpenIdProviders
    attempts: OpenIdAttempts
    openid: OpenIdProvider
    signer: ShortSigner

    async def begin(self, merchant: str, redirect_uri: str, page: KeptPage) -> OpenIdBegun | None:
        """Send a browser to the merchant's provider; None where it has none. Raises OpenIdFault."""
        row = await self.providers.find(merchant)
        if row is None:
            return None
        client = self.providers.client(row)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        try:
            attempt = OpenIdAttempt(redirect_uri, state, nonce, verifier)
            address = await self.openid.authorization_address(client, attempt)
        except OpenIdFault as fault:
            _log(merchant, fault)
            raise
        kept = _Kept(
            page=page,
            redirect_uri=redirect_uri,
            nonce=nonce,
            verifier=verifier,
            issuer=client.issuer,
            client_id=client.client_id,
        )
        await self.attempts.begin(merchant, state, kept.model_dump(mode="json"))
        return OpenIdBegun(address, state, self.signer.sign(state))

    async def finish(self, back: ReturnedBrowser) -> OpenIdOutcome:
        """Open a session, of level `password` for a user with a second factor. An attempt ends by it, whatever comes of it."""
        same = _STATE.fullmatch(back.state) and self.signer.verify(back.cookie) == [back.state]
        taken = await self.attempts.take(back.state) if same else None
        if taken is None:
            return OpenIdOutcome("ended")
        merchant, kept = taken[0], _Kept.model_validate(taken[1])
        row = await self.providers.find(merchant)
        client = self.providers.client(row) if row is not None else None
        if (
            row is None
            or client is None
            or (client.issuer, client.client_id) != (kept.issuer, kept.client_id)
        ):
            return OpenIdOutcome("ended", merchant, kept.page)
        if back.error or not back.code:
            return OpenIdOutcome("denied", merchant, kept.page)
        attempt = OpenIdAttempt(kept.redirect_uri, back.state, kept.nonce, kept.verifier)
        try:
            identity = await self.openid.identity(client, attempt, back.code, back.issuer)
        except OpenIdFault as fault:
            _log(merchant, fault)
            problem: OpenIdProblem = "unavailable" if isinstance(fault, OpenIdUnavailable) else "not_believed"
            return OpenIdOutcome(problem, merchant, kept.page)
        user = await self._user(merchant, self.providers.rules(row), identity)
        if user is None:
            return OpenIdOutcome("no_user", merchant, kept.page)
        opened = await self.sign_in.open_session(user, back.device)
        return OpenIdOutcome(None, merchant, kept.page, opened)

    async def _user(self, merchant: str, rules: OpenIdRules, identity: OpenIdIdentity) -> UserRow | None:
        """The user who is linked to that person, or is linked now by a verified address; None for all others."""
        if rules.domains and not (identity.email and domain_allowed(identity.email, rules.domains)):
            return None
        users = self.sign_in.users
        openid = users.openid_index(merchant, identity.issuer, identity.subject)
        linked = await users.by_openid(merchant, openid)
        if linked is not None:
            return linked if linked.active else None
        if not identity.email:
            return None
        found = await users.by_address(merchant, identity.email)
        if found is None and rules.new_users:
            found = await self._made(merchant, rules, identity)
        row = await users.link_openid(merchant, found.id, openid) if found is not None else None
        if row is not None:
            await self._record(row, "oidc_linked")
        return row

    async def _made(self, merchant: str, rules: OpenIdRules, identity: OpenIdIdentity) -> UserRow | None:
        """A user of the role for new people. The one-time link that each user begins with is given to no person."""
        name = identity.name or identity.email.partition("@")[0]
        person, role = UserPerson(name, identity.email), Role(rules.new_users)
        made = await self.sign_in.users.create(merchant, UserToCreate(person, role, "en", "UTC", "oidc"))
        if made is not None:
            await self._record(made.row, "user_made_by_oidc", role=role)
        return made.row if made is not None else None

    async def _record(self, row: UserRow, action: str, **details: Any) -> None:
        at = await self.sign_in.clocks.business_now(row.merchant)
        actor = Actor(role=Role(row.role), name=row.id)
        line = AuditLine(actor, action, at, subject=f"user {row.id}", details=details)
        await self.sign_in.audit.write(row.merchant, line)


def _log(merchant: str, fault: OpenIdFault) -> None:
    """For the operator. The person only learns that it did not work."""
    log.warning("sign-in by OpenID Connect of merchant %s failed: %s", merchant, fault)
