"""What providers publish and answer, as far as we read it."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_Address = Annotated[str, Field(min_length=1, max_length=2000)]


class _Published(BaseModel):
    """What a document says beyond these fields is its own affair."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Discovery(_Published):
    """OpenID Connect Discovery 1.0. names_issuer: whether `iss` stands beside each code (RFC 9207)."""

    issuer: _Address
    authorization_endpoint: _Address
    token_endpoint: _Address
    jwks_uri: _Address
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    code_challenge_methods_supported: list[str] | None = None
    names_issuer: Annotated[bool, Field(alias="authorization_response_iss_parameter_supported")] = False


class JsonWebKeys(_Published):
    """The issuer's public keys."""

    keys: list[dict[str, Any]]


class TokenAnswer(_Published):
    """What the code was exchanged for. The access token is not used."""

    id_token: str
