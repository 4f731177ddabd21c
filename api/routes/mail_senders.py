"""Routes: whom a merchant's e-mail is from, set and shown by the platform's admin."""

from typing import Annotated

from pydantic import AfterValidator, Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.merchant_path import merchant_in_path, require_platform
from domain.actors import Role
from domain.base import Frozen
from domain.text import IsText, is_mail_address
from ports.channels import MailSender

_TAGS = ("merchants",)
_PATH = "/v1/merchants/{merchant}/mail"


def _one_address(text: str) -> str:
    if text and not is_mail_address(text):
        raise ValueError("must be one e-mail address")
    return text


Address = Annotated[str, Field(max_length=254), AfterValidator(_one_address)]


class MerchantMail(Frozen):
    """Whom a merchant's e-mail is from. What is empty is the deployment's. DKIM and SPF are the mail server's."""

    name: Annotated[str, Field(max_length=78), *IsText] = ""
    """Name of the sender; empty for the merchant's name."""
    address: Address = ""
    """Address of the sender; your mail server must be allowed to send for its domain."""
    reply_to: Address = ""
    """Where customers' answers go; empty for the sender's address."""
    return_path: Address = ""
    """Where mail servers report what they cannot deliver. Each letter has its own address there, its reference behind a plus;
    the mailbox must take such addresses."""


@endpoint("GET", _PATH, roles={Role.ADMIN}, tags=_TAGS, problems=("not_found",))
async def get_merchant_mail(call: Call[Services]) -> MerchantMail:
    """Show whom the merchant's e-mail is from."""
    sender = await call.services.merchants.mail_senders.of(merchant_in_path(call))
    if sender is None:
        raise Problem("not_found")
    return MerchantMail(**sender.model_dump())


@endpoint("PUT", _PATH, roles={Role.ADMIN}, tags=_TAGS, problems=("not_found",))
async def set_merchant_mail(call: Call[Services], body: MerchantMail) -> MerchantMail:
    """Set whom the merchant's e-mail is from, for letters that leave from now on. What is left out is the deployment's."""
    require_platform(call)  # the mail server may send for the domains of other merchants too
    sender, senders = MailSender(**body.model_dump()), call.services.merchants.mail_senders
    if not await senders.set(call.path["merchant"], sender, call.caller.actor):
        raise Problem("not_found")
    return body
