"""Routes: merchants are created by the platform's admin; their keys and secrets are shown once."""

from typing import Annotated

from pydantic import Field, SecretStr

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.fields import SentInstant
from api.http.problems import Problem
from domain.actors import Role
from domain.base import Frozen
from domain.model.terms import Policy
from domain.text import IsText
from services.merchants.accounts import MerchantToCreate

Secret = Annotated[SecretStr, Field(min_length=8, max_length=256)]


class MerchantRequest(Frozen):
    """A new merchant."""

    merchant: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$")]
    """Its id: small letters, digits and hyphens."""
    name: Annotated[str, Field(min_length=1, max_length=100), *IsText]
    """What its customers know it by."""
    sandbox: bool = False
    """Whether it is for trials: its time is moved by request."""
    clock: SentInstant | None = None
    """Where a sandbox merchant's time begins; now if left out."""
    policy: Policy = Policy()
    """What differs from the default policy."""


class MerchantCreated(Frozen):
    """Keys and secrets in clear: shown now and never again."""

    merchant: str
    """The merchant's id."""
    sandbox: bool
    """Whether it is for trials."""
    keys: dict[Role, str]
    """A bearer key for each role."""
    webhook_secrets: dict[str, str]
    """The secret of each inbound source."""


@endpoint(
    "POST",
    "/v1/merchants",
    roles={Role.ADMIN},
    status=201,
    tags=("merchants",),
    problems=("merchant_exists",),
)
async def create_merchant(call: Call[Services], body: MerchantRequest) -> MerchantCreated:
    """Create a merchant with one key per role and one secret per webhook source."""
    new = MerchantToCreate(body.merchant, body.name, body.sandbox, body.clock, body.policy)
    created = await call.services.merchants.accounts.create(new)
    if created is None:
        raise Problem("merchant_exists")
    return MerchantCreated(
        merchant=body.merchant,
        sandbox=body.sandbox,
        keys=dict(created.keys),
        webhook_secrets=dict(created.webhook_secrets),
    )


class WebhookSecretsRequest(Frozen):
    """What deliveries of one source are signed with."""

    secrets: Annotated[tuple[Secret, ...], Field(max_length=3)]
    """A delivery may be signed with any of these from now on; two while one replaces the other, none to refuse all."""
    account: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z0-9.-]+$")] | None = None
    """The merchant's own name at the source, such as `acme.myshopify.com`; a delivery of another is refused."""


class WebhookSecretsResponse(Frozen):
    """How many secrets are in use now; they are not shown."""

    merchant: str
    """The merchant's id."""
    source: str
    """The inbound source."""
    secrets: int
    """How many secrets are in use."""
    account: str | None
    """The merchant's own name at the source; null if any is accepted."""


@endpoint(
    "PUT", "/v1/merchants/{merchant}/webhook-secrets/{source}", roles={Role.ADMIN}, tags=("merchants",)
)  # fmt: skip
async def set_webhook_secrets(call: Call[Services], body: WebhookSecretsRequest) -> WebhookSecretsResponse:
    """Set what a source's deliveries are signed with: for sources that make their secrets themselves, and to replace one."""
    merchant, source = call.path["merchant"], call.path["source"]
    given = [secret.get_secret_value() for secret in body.secrets]
    accounts = call.services.merchants.accounts
    if not await accounts.set_webhook_secrets(merchant, source, given, body.account):
        raise Problem("not_found")
    return WebhookSecretsResponse(merchant=merchant, source=source, secrets=len(given), account=body.account)
