"""The port `OpenIdProvider`: discovery, the way to the provider, the exchange of the code, and the ID token."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus

from pydantic import BaseModel, ValidationError
from yarl import URL

from adapters.openid.documents import Discovery, JsonWebKeys, TokenAnswer
from adapters.openid.signatures import UnknownSigningKey, joserfc_is_installed, signed_claims
from domain.staff.openid import ExpectedToken, OpenIdIdentity, identity_of, token_fault
from ports.openid import OpenIdAttempt, OpenIdClient, OpenIdFault, OpenIdTransport, OpenIdUnavailable

_LARGEST: Final = 256 * 1024  # bytes of a document
_FRESH: Final = timedelta(hours=1)
_MOST_ISSUERS: Final = 256  # that are remembered
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_JSON: Final = {"Accept": "application/json"}

DocumentT = TypeVar("DocumentT", bound=BaseModel)


@dataclass
class _Issuer:
    """What is remembered of an issuer."""

    discovery: Discovery
    until: datetime
    keys: list[dict[str, Any]] = field(default_factory=list)


class OpenIdRelyingParty:
    """Calls providers by the rules for outgoing calls. Their documents are remembered for an hour.

    A token whose key is not remembered leads to one more fetch of the keys.
    """

    def __init__(self, transport: OpenIdTransport, clock: Callable[[], datetime]) -> None:
        self._transport, self._clock = transport, clock
        self._issuers: dict[str, _Issuer] = {}

    @property
    def installed(self) -> bool:
        """See the port."""
        return joserfc_is_installed()

    async def rejection_reason(self, issuer: str) -> str | None:
        """See the port."""
        if "?" in issuer:
            return "query"
        refused = await self._transport.rejection_reason(issuer)
        if refused is not None:
            return refused
        try:
            await self._discover(issuer)
        except OpenIdFault as fault:
            return str(fault)
        return None

    async def authorization_address(self, client: OpenIdClient, attempt: OpenIdAttempt) -> str:
        """See the port."""
        known = await self._known(client.issuer)
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "scope": "openid email profile",
            "client_id": client.client_id,
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return str(URL(known.discovery.authorization_endpoint, encoded=True).update_query(parameters))

    async def identity(
        self, client: OpenIdClient, attempt: OpenIdAttempt, code: str, issuer: str
    ) -> OpenIdIdentity:
        """See the port."""
        known = await self._known(client.issuer)
        if issuer != client.issuer and (issuer or known.discovery.names_issuer):
            raise OpenIdFault("issuer_beside_the_code")
        token = await self._token(known.discovery, client, attempt, code)
        claims = await self._claims(known, token)
        expected = ExpectedToken(issuer=client.issuer, client_id=client.client_id, nonce=attempt.nonce)
        fault = token_fault(claims, expected, self._clock())
        if fault is not None:
            raise OpenIdFault(fault)
        return identity_of(claims)

    async def _token(
        self, discovery: Discovery, client: OpenIdClient, attempt: OpenIdAttempt, code: str
    ) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = dict(_JSON)
        if "client_secret_basic" in discovery.token_endpoint_auth_methods_supported:
            headers["Authorization"] = _basic(client)
        else:
            form |= {"client_id": client.client_id, "client_secret": client.secret}
        return (await self._fetched(discovery.token_endpoint, TokenAnswer, headers, form)).id_token

    async def _claims(self, known: _Issuer, token: str) -> dict[str, object]:
        if not self.installed:
            raise OpenIdUnavailable("not_installed")
        fresh = not known.keys
        if fresh:
            await self._fetch_keys(known)
        try:
            return signed_claims(token, known.keys)
        except UnknownSigningKey:
            if fresh:
                raise
        await self._fetch_keys(known)
        return signed_claims(token, known.keys)

    async def _fetch_keys(self, known: _Issuer) -> None:
        known.keys = (await self._fetched(known.discovery.jwks_uri, JsonWebKeys, _JSON)).keys

    async def _known(self, issuer: str) -> _Issuer:
        if not self.installed:
            raise OpenIdUnavailable("not_installed")
        found = self._issuers.get(issuer)
        return found if found is not None and self._clock() < found.until else await self._discover(issuer)

    async def _discover(self, issuer: str) -> _Issuer:
        """The issuer's document, which must name exactly this issuer, and may send us only where we may go."""
        discovery = await self._fetched(issuer.rstrip("/") + _WELL_KNOWN, Discovery, _JSON)
        if discovery.issuer != issuer:
            raise OpenIdFault("other_issuer")
        if "S256" not in (discovery.code_challenge_methods_supported or ["S256"]):
            raise OpenIdFault("no_s256")
        for address in (
            discovery.authorization_endpoint,
            discovery.token_endpoint,
            discovery.jwks_uri,
        ):
            if await self._transport.rejection_reason(address) is not None:
                raise OpenIdFault("endpoint_refused")
        if len(self._issuers) >= _MOST_ISSUERS:
            self._issuers.clear()
        self._issuers[issuer] = _Issuer(discovery, self._clock() + _FRESH)
        return self._issuers[issuer]

    async def _fetched(
        self,
        url: str,
        kind: type[DocumentT],
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> DocumentT:
        answer = await self._transport.fetch(url, _LARGEST, headers, form)
        if answer.error or answer.status is None or answer.status >= 500:
            raise OpenIdUnavailable(answer.error or f"status_{answer.status}")
        if answer.status != 200:
            raise OpenIdFault(f"status_{answer.status}")
        try:
            return kind.model_validate_json(answer.body)
        except ValidationError:
            raise OpenIdFault("unreadable_answer") from None


def _basic(client: OpenIdClient) -> str:
    """RFC 6749, 2.3.1: both are form-encoded before they are joined."""
    text = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
    return "Basic " + base64.b64encode(text.encode()).decode()
