"""Routes: merchants are created, listed, renamed, paused and resumed; their keys and secrets are shown once."""

from typing import Annotated

from pydantic import Field, SecretStr

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.fields import SentInstant
from api.http.problems import Problem
from api.merchant_path import merchant_in_path, require_platform
from api.schemas.merchants import MerchantChanges, MerchantList, MerchantName, MerchantPause
from api.schemas.orders import PageQuery
from domain.actors import Role
from domain.base import Frozen
from domain.model.terms import Policy
from services.merchants.accounts import MerchantToCreate
from services.merchants.views import MerchantView

_ONE = "/v1/merchants/{merchant}"
Secret = Annotated[SecretStr, Field(min_length=8, max_length=256)]


class MerchantRequest(Frozen):
    """A new merchant."""

    merchant: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$")]
    """Its id: small letters, digits and hyphens."""
    name: MerchantName
    """The name with which its letters to customers are signed."""
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
    location=_ONE,
)
async def create_merchant(call: Call[Services], body: MerchantRequest) -> MerchantCreated:
    """Create a merchant with one key per role and one secret per webhook source."""
    require_platform(call)
    new = MerchantToCreate(body.merchant, body.name, body.sandbox, body.clock, body.policy, call.caller.actor)
    created = await call.services.merchants.accounts.create(new)
    if created is None:
        raise Problem(
            "merchant_exists",
            "Keys are shown once: create a further one (`smot keys add`), or choose another id.",
        )
    return MerchantCreated(
        merchant=body.merchant,
        sandbox=body.sandbox,
        keys=dict(created.keys),
        webhook_secrets=dict(created.webhook_secrets),
    )


@endpoint("GET", "/v1/merchants", roles={Role.ADMIN}, tags=("merchants",))
async def list_merchants(call: Call[Services], query: PageQuery) -> MerchantList:
    """All merchants of the platform, the newest first."""
    require_platform(call)
    page = await call.services.merchants.accounts.page(query.page())
    return MerchantList(items=tuple(page.items), next=page.next)


@endpoint("GET", _ONE, roles={Role.ADMIN}, tags=("merchants",))
async def get_merchant(call: Call[Services]) -> MerchantView:
    """One merchant: its name, whether it is paused, and the version of its policy."""
    return _known(await call.services.merchants.accounts.find(merchant_in_path(call)))


@endpoint("PATCH", _ONE, roles={Role.ADMIN}, tags=("merchants",))
async def change_merchant(call: Call[Services], body: MerchantChanges) -> MerchantView:
    """Rename a merchant; letters are signed with the new name from the next one on."""
    accounts = call.services.merchants.accounts
    return _known(await accounts.rename(merchant_in_path(call), body.name, call.caller.actor))


@endpoint("POST", _ONE + "/pause", roles={Role.ADMIN}, tags=("merchants",))
async def pause_merchant(call: Call[Services], body: MerchantPause | None) -> MerchantView:
    """Start nothing new at a merchant: new orders are refused with `merchant_paused`, orders under way go on.

    Returns and payments of orders under way go on. Webhooks are kept and handled; those that would begin an order wait until
    the merchant is resumed.
    """
    require_platform(call)
    letters = (body or MerchantPause()).letters
    accounts = call.services.merchants.accounts
    return _known(await accounts.pause(call.path["merchant"], letters, call.caller.actor))


@endpoint("POST", _ONE + "/resume", roles={Role.ADMIN}, tags=("merchants",))
async def resume_merchant(call: Call[Services]) -> MerchantView:
    """End the pause of a merchant; what waited for it is done now."""
    require_platform(call)
    return _known(await call.services.merchants.accounts.resume(call.path["merchant"], call.caller.actor))


def _known(view: MerchantView | None) -> MerchantView:
    if view is None:
        raise Problem("not_found")
    return view


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
    merchant, source = merchant_in_path(call), call.path["source"]
    given = [secret.get_secret_value() for secret in body.secrets]
    accounts = call.services.merchants.accounts
    if not await accounts.set_webhook_secrets(merchant, source, given, body.account):
        raise Problem("not_found")
    return WebhookSecretsResponse(merchant=merchant, source=source, secrets=len(given), account=body.account)
