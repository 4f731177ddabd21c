"""Accounts at payment providers, by which a merchant's refunds are paid. Their keys are never shown again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.payments.account_shapes import SHAPES, wrong_fields
from ports.payments import AccountRefused, OutcomeUnknown, PaymentAccount, Payments
from services.clock import real_now
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.tables.all import PaymentAccountRow


class PaymentAccountView(Frozen):
    """The account without its keys."""

    merchant: str
    """The merchant's id."""
    provider: str
    """The payment provider."""
    account: str
    """The merchant's own name there: a connected account, a shop's domain, a site's address; empty where it needs none."""
    base: str
    """An address other than the provider's own; empty for the provider's own."""
    keys: tuple[str, ...]
    """The names of the keys that are set."""
    webhook_path: str | None
    """Where the provider is to send its webhooks about payments, on this API; null for one that sends none."""
    refused_at: Instant | None
    """Since when the provider refuses the keys; null while it accepts them, and before they were used."""
    created_at: Instant
    """Since when the account is set up."""


class PaymentAccountTest(Frozen):
    """What the provider answers to the keys."""

    accepted: bool
    """Whether the provider accepts the keys."""
    account: str | None
    """The provider's own name of the account; null where it did not say."""
    detail: str
    """What the provider answered, in a sentence."""
    refused_at: Instant | None
    """Since when the provider refuses the keys; null while it accepts them."""


class WrongAccount(ValueError):
    """Fields that cannot be right. `found`: code and pointer of each."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        super().__init__("the account cannot be right")
        self.found = found


@dataclass(frozen=True)
class PaymentAccountService:
    """One account a merchant and provider at most.

    payments: the providers of this deployment, by name.
    close: closes their connections.
    """

    accounts: StoredPaymentAccounts
    payments: Mapping[str, Payments]
    close: Callable[[], Awaitable[None]]

    async def put(self, merchant: str, account: PaymentAccount, actor: Actor) -> PaymentAccountView | None:
        """Pay the merchant's refunds at that provider by this account; None for an unknown merchant or provider.

        Raises WrongAccount.
        """
        shape = SHAPES.get(account.provider)
        if shape is None:
            return None
        if found := [*wrong_fields(shape, account.keys, account.account)]:
            raise WrongAccount(found)
        row = await self.accounts.put(merchant, account, actor)
        return _view(row) if row else None

    async def find(self, merchant: str, provider: str) -> PaymentAccountView | None:
        row = await self.accounts.find(merchant, provider)
        return _view(row) if row else None

    async def remove(self, merchant: str, provider: str, actor: Actor) -> bool:
        """Refunds at that provider wait for a person from now on; false when there was no account."""
        return await self.accounts.remove(merchant, provider, actor)

    async def test(self, merchant: str, provider: str) -> PaymentAccountTest | None:
        """Ask the provider about the keys, by a call that changes nothing; None without an account."""
        payments = self.payments.get(provider)
        if payments is None or await self.accounts.find(merchant, provider) is None:
            return None
        title = SHAPES[provider].title
        try:
            name = await payments.check(merchant)
        except AccountRefused as problem:
            since = await self.accounts.record_refused(merchant, provider, real_now())
            detail = f"{title} refuses the keys: {problem}."
            return PaymentAccountTest(accepted=False, account=None, detail=detail, refused_at=since)
        except OutcomeUnknown as problem:
            row = await self.accounts.find(merchant, provider)
            detail = f"{title} gave no clear answer ({problem}). The keys may be right: try again."
            since = row.refused_at if row else None
            return PaymentAccountTest(accepted=False, account=None, detail=detail, refused_at=since)
        await self.accounts.record_refused(merchant, provider, None)
        detail = f"{title} accepts the keys; it names the account {name}."
        return PaymentAccountTest(accepted=True, account=name, detail=detail, refused_at=None)


def _view(row: PaymentAccountRow) -> PaymentAccountView:
    shown = row.model_dump(exclude={"keys", "key_names"})
    has_webhooks = SHAPES[row.provider].has_webhooks
    path = f"/v1/webhooks/payments/{row.provider}/{row.merchant}" if has_webhooks else None
    return PaymentAccountView(**shown, keys=tuple(row.key_names.split(",")), webhook_path=path)
