"""Signatures of ID tokens, checked by joserfc, which the extra `oidc` installs."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

from domain.staff.openid import ALGORITHMS
from ports.openid import OpenIdFault

_LONGEST_TOKEN: Final = 32_000  # characters
_KEY_TYPES: Final = {"R": "RSA", "P": "RSA", "E": "EC"}  # by the first letter of the algorithm
_MOST_KEYS: Final = 50


class UnknownSigningKey(OpenIdFault):
    """None of the keys made the signature: the issuer may have changed them."""


def joserfc_is_installed() -> bool:
    """Whether the extra is."""
    try:
        return find_spec("joserfc") is not None
    except ValueError:
        return False


def signed_claims(token: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """The claims of a token that one of the issuer's public keys signed. Raises OpenIdFault or UnknownSigningKey."""
    if len(token) > _LONGEST_TOKEN or token.count(".") != 2:
        raise OpenIdFault("unreadable_token")
    header = _json_part(token.partition(".")[0])
    if header.get("alg") not in ALGORITHMS:
        raise OpenIdFault("algorithm")
    if "crit" in header or "b64" in header:
        raise OpenIdFault("unknown_header")
    if any(_is_signed_by(token, key) for key in _candidates(header, keys)):
        return _json_part(token.split(".")[1])
    raise UnknownSigningKey("signature")


def _candidates(header: Mapping[str, Any], keys: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The public keys that may have signed it: of the algorithm's kind, for signatures, and with the name that the token says."""
    algorithm, name = header["alg"], header.get("kid")
    kind = _KEY_TYPES[algorithm[0]]
    for key in keys[:_MOST_KEYS]:
        fits = key.get("kty") == kind and key.get("use", "sig") == "sig"
        if fits and key.get("alg", algorithm) == algorithm and (name is None or key.get("kid") == name):
            yield key


def _is_signed_by(token: str, key: Mapping[str, Any]) -> bool:
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry

    registry = jws.JWSRegistry(algorithms=[*ALGORITHMS], strict_check_header=False)
    try:
        jws.deserialize_compact(token, JWKRegistry.import_key(dict(key)), registry=registry)
    except (JoseError, ValueError, TypeError, KeyError):  # also of a key that is none
        return False
    return True


def _json_part(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        raise OpenIdFault("unreadable_token") from None
    if not isinstance(found, dict):
        raise OpenIdFault("unreadable_token")
    return found
