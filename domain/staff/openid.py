"""Sign-in by OpenID Connect: which ID token is believed, and whose address may come in by it."""

import hmac
import math
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.base import Frozen
from domain.text import is_mail_address, single_line

# Signatures that only the issuer can make. `none` is no signature, and with HS… the verifier's key makes them too.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
ATTEMPT_LIFE: Final = timedelta(minutes=10)  # from the button until the person is back from the provider
_SKEW: Final = 60  # seconds by which two clocks may differ
_LONGEST_SUBJECT: Final = 255
_DOMAIN: Final = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]\Z"
)

TokenFault = Literal[
    "issuer", "audience", "authorized_party", "expired", "not_yet", "too_old", "nonce", "subject"
]


class ExpectedToken(Frozen):
    """What the ID token of one attempt must say."""

    issuer: str
    client_id: str
    nonce: str


class OpenIdIdentity(Frozen):
    """Whom a token that is believed is about.

    email: only an address that the issuer has verified; else empty.
    """

    issuer: str
    subject: str
    email: str = ""
    name: str = ""


def token_fault(claims: Mapping[str, object], expected: ExpectedToken, now: datetime) -> TokenFault | None:
    """Why the claims of a token with a good signature are not believed; None for those that are."""
    if claims.get("iss") != expected.issuer:
        return "issuer"
    audiences = claims.get("aud")
    of_all = audiences if isinstance(audiences, list) else [audiences]
    if expected.client_id not in of_all:
        return "audience"
    party = claims.get("azp", None if len(of_all) > 1 else expected.client_id)
    if party != expected.client_id:
        return "authorized_party"
    subject, nonce = claims.get("sub"), claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        return "nonce"
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        return "subject"
    return _time_fault(claims, now.timestamp())


def _time_fault(claims: Mapping[str, object], now: float) -> TokenFault | None:
    ends, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    begins = _seconds(claims.get("nbf", 0))
    if ends is None or now >= ends + _SKEW:
        return "expired"
    if issued is None or begins is None or max(issued, begins) > now + _SKEW:
        return "not_yet"
    return "too_old" if issued < now - ATTEMPT_LIFE.total_seconds() - _SKEW else None


def _seconds(claim: object) -> float | None:
    number = isinstance(claim, int | float) and not isinstance(claim, bool) and math.isfinite(claim)
    return float(claim) if number else None  # type: ignore[arg-type]


def identity_of(claims: Mapping[str, object]) -> OpenIdIdentity:
    """Whom the claims are about, after `token_fault` has found none.

    An address beyond ASCII is left out: two different ones may be equal once their letters are folded.
    """
    email, name = claims.get("email"), claims.get("name")
    verified = claims.get("email_verified") is True and isinstance(email, str)
    usable = str(email) if verified and str(email).isascii() and is_mail_address(str(email)) else ""
    return OpenIdIdentity(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=usable,
        name=single_line(name, 100) if isinstance(name, str) else "",
    )


def is_domain(text: str) -> bool:
    """Whether it is the name of a mail domain as settings hold it, in small letters."""
    return bool(_DOMAIN.match(text))


def domain_allowed(email: str, domains: Collection[str]) -> bool:
    """Whether an address may come in: any one where no domains are named, else one of exactly these, none below them."""
    return not domains or email.rpartition("@")[2].lower() in domains
