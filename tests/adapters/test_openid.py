"""OpenID providers: where we go for one, and what is said without the extra."""

import base64
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import JWKRegistry

from adapters.openid import signatures
from adapters.openid.relying_party import OpenIdRelyingParty
from adapters.openid.signatures import UnknownSigningKey, signed_claims
from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from ports.openid import OpenIdAttempt, OpenIdClient, OpenIdFault, OpenIdUnavailable
from runtime.doctor import machine
from services.clock import real_now

CLIENT = OpenIdClient("https://id.example", "smot", "secret")
ATTEMPT = OpenIdAttempt("https://smot.example/agents/sign-in/oidc", "state", "nonce", "verifier")


async def addresses(host: str) -> list[str]:
    return {"inside.example": ["10.0.0.7"], "both.example": ["93.184.216.34", "127.0.0.1"]}.get(host, [])


@pytest.mark.parametrize(
    ("issuer", "reason"),
    [
        ("http://id.example", "scheme"),
        ("https://127.0.0.1", "address_not_public"),
        ("https://[::1]/realms/a", "address_not_public"),
        ("https://2130706433", "host"),
        ("https://inside.example", "address_not_public"),
        ("https://both.example", "address_not_public"),
        ("https://nowhere.example", "unresolved"),
        ("https://id.example:8080", "port"),
        ("https://user@id.example", "user_info"),
        ("https://id.example?a=b", "query"),
        ("https://id.example#a", "fragment"),
        ("not an address", "unreadable"),
    ],
)
async def test_an_issuer_is_reached_by_the_rules_for_webhooks(issuer: str, reason: str) -> None:
    transport = HttpWebhookTransport(EgressPolicy(), dns_lookup=addresses)
    assert await OpenIdRelyingParty(transport, real_now).rejection_reason(issuer) == reason
    fetched = await transport.fetch("https://127.0.0.1/keys", 100, {})
    assert (fetched.status, fetched.error) == (None, "address_not_public")
    await transport.close()


async def test_without_the_extra_the_operator_learns_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "can sign in at" in machine.openid().message
    monkeypatch.setattr(signatures, "find_spec", lambda name: None)
    party = OpenIdRelyingParty(HttpWebhookTransport(EgressPolicy()), real_now)
    assert not party.installed
    with pytest.raises(OpenIdUnavailable, match="not_installed"):
        await party.authorization_address(CLIENT, ATTEMPT)
    with pytest.raises(OpenIdUnavailable, match="not_installed"):
        await party.identity(CLIENT, ATTEMPT, "code", "")
    assert "`oidc`" in machine.openid().message


@pytest.mark.parametrize(
    ("algorithm", "kind", "size"),
    [("RS256", "RSA", 2048), ("PS384", "RSA", 2048), ("ES256", "EC", "P-256")],
)
def test_each_kind_of_signature_is_checked_with_a_key_for_signatures(
    algorithm: str, kind: str, size: Any
) -> None:
    key = JWKRegistry.generate_key(kind, size, {"kid": "k"})
    text = jws.serialize_compact({"alg": algorithm, "kid": "k"}, b'{"sub": "1"}', key, [algorithm])
    public = key.as_dict(private=False)
    assert signed_claims(text, [{"kty": kind, "kid": "other"}, public]) == {"sub": "1"}
    assert signed_claims(text, [{**public, "use": "sig", "alg": algorithm}]) == {"sub": "1"}
    for other in ({"use": "enc"}, {"alg": "RS512"}, {"kid": "other"}, {"kty": "oct"}):
        with pytest.raises(UnknownSigningKey):
            signed_claims(text, [{**public, **other}])
    with pytest.raises(UnknownSigningKey):
        signed_claims(text.replace(text.split(".")[1], "eyJzdWIiOiAiMiJ9"), [public])


def token(header: Any, claims: Any) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), b"signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unreadable_token"),
        ("a.b", "unreadable_token"),
        ("a.b.c.d", "unreadable_token"),
        ("!.!.!", "unreadable_token"),
        ("a" * 32_001, "unreadable_token"),
        (token([], {}), "unreadable_token"),
        (token({}, {}), "algorithm"),
        (token({"alg": "none"}, {}), "algorithm"),
        (token({"alg": "NONE"}, {}), "algorithm"),
        (token({"alg": "HS256"}, {}), "algorithm"),
        (token({"alg": ["RS256"]}, {}), "algorithm"),
        (token({"alg": "RS256", "crit": ["b64"], "b64": False}, {}), "unknown_header"),
        (token({"alg": "RS256"}, {}), "signature"),
        (token({"alg": "ES256", "kid": "k"}, {}), "signature"),
        (token({"alg": "EdDSA"}, {}), "algorithm"),
    ],
)
def test_a_token_without_a_good_signature_says_nothing(text: str, reason: str) -> None:
    keys = [
        {},
        {"kty": "RSA"},
        {"kty": "EC", "kid": "k", "crv": "P-256", "x": "AA", "y": 1},
        {"kty": "OKP", "x": "!"},
    ]
    with pytest.raises(OpenIdFault, match=reason) as raised:
        signed_claims(text, keys)
    assert isinstance(raised.value, UnknownSigningKey) == (reason == "signature")
