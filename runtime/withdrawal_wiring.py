"""Connects withdrawals from contracts with the stores, the mail and the journeys."""

from dataclasses import dataclass

from ports.channels import ChannelDirectory
from ports.messages import MessageRenderer
from runtime.page_wiring import make_lookup
from runtime.return_wiring import ReturnParts
from runtime.stores import Stores
from services.key_names import KeyNames
from services.orders.customer_links import CustomerLinks
from services.withdrawals.confirmations import WithdrawalLetters
from services.withdrawals.service import WithdrawalService
from services.withdrawals.steps import WithdrawalSteps


@dataclass(frozen=True)
class WithdrawalParts:
    """What withdrawals share with others."""

    returns: ReturnParts
    links: CustomerLinks
    channels: ChannelDirectory
    renderer: MessageRenderer
    public_url: str | None


def make_withdrawals(stores: Stores, parts: WithdrawalParts) -> WithdrawalService:
    orders, tokens = parts.returns.orders, parts.returns.tokens
    letters = WithdrawalLetters(
        parts.channels,
        parts.renderer,
        stores.mail_senders,
        tokens,
        stores.clocks,
        parts.public_url,
    )
    steps = WithdrawalSteps(
        stores.withdrawals,
        make_lookup(stores, orders, tokens, parts.links),
        orders,
        parts.returns.commands,
        parts.returns.codes,
        letters,
        stores.policies,
        stores.clocks,
        stores.vault,
    )
    names = KeyNames(stores.api_keys, stores.users)
    return WithdrawalService(
        stores.withdrawals,
        steps,
        orders,
        stores.policies,
        stores.vault,
        stores.clocks,
        names,
        tokens,
        stores.mail_senders,
    )
