"""The chart of accounts: what each account of the ledger stands for, by the first words of its name."""

from typing import Final, Literal, get_args

AccountClass = Literal[
    "cash", "captured", "reserved", "store_credit", "store_credit_held", "store_credit_spent", "bonus_expense",
    "goodwill_expense", "adjustment_expense", "fee_expense", "breakage_income", "disputes", "claw_backs", "claimed_back",
    "write_offs",
]  # fmt: skip
"""
cash: money that lies with a payment provider, or was paid in or out in another way; a debit balance.
captured: customers' payments that may still be paid back; a credit balance, as the next four.
reserved: taken from `captured` for a refund that has not settled yet.
store_credit: what customers can spend.
store_credit_held: what is authorized for a checkout.
store_credit_spent: what was spent and is to be cleared against the shop's sales.
bonus_expense, goodwill_expense, adjustment_expense: what store credit costs beyond what customers paid.
breakage_income: store credit that expired unused.
claimed_back: what was asked back of refunds whose goods did not come; it reduces what refunds cost.
disputes: what banks have taken, until it is decided who keeps it.
claw_backs: what the merchant asks back. write_offs: what will not be asked for any more.
"""
Side = Literal["asset", "liability", "expense", "income"]

PREFIXES: Final[dict[str, AccountClass]] = {
    "cash/": "cash",
    "tender/": "captured",
    "reserved/": "reserved",
    "credit/": "store_credit",
    "held/": "store_credit_held",
    "redeemed/": "store_credit_spent",
    "expense/bonus/": "bonus_expense",
    "expense/goodwill/": "goodwill_expense",
    "expense/adjustment": "adjustment_expense",
    "expense/fee/": "fee_expense",
    "breakage": "breakage_income",
    "dispute/": "disputes",
    "claw_back/": "claw_backs",
    "claimed/": "claimed_back",
    "write_off/": "write_offs",
}
"""No prefix begins with another one."""
SIDES: Final[dict[AccountClass, Side]] = {
    "cash": "asset",
    "captured": "liability",
    "reserved": "liability",
    "store_credit": "liability",
    "store_credit_held": "liability",
    "store_credit_spent": "liability",
    "bonus_expense": "expense",
    "goodwill_expense": "expense",
    "adjustment_expense": "expense",
    "fee_expense": "expense",
    "breakage_income": "income",
    "disputes": "asset",
    "claw_backs": "asset",
    "claimed_back": "income",
    "write_offs": "expense",
}
assert set(SIDES) == set(get_args(AccountClass)) == set(PREFIXES.values())


def account_class(account: str) -> AccountClass:
    """The class of the account with that name. Raises LookupError for a name that is in no class."""
    for prefix, name in PREFIXES.items():
        if account.startswith(prefix):
            return name
    raise LookupError(f"account {account} is in no class of the chart")
