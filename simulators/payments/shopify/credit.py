"""Store credit and gift cards: what is refused, as recorded of a live shop. Neither takes a key."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from simulators.payments.shopify.money import exact, money
from simulators.payments.shopify.objects import Body, Objects
from simulators.payments.shopify.refunds import add_credit

Payload = dict[str, Any]


def _refused(root: str, code: str | None, message: str, field: list[str]) -> Payload:
    return {root: None, "userErrors": [{"code": code, "message": message, "field": field}]}


def credit(objects: Objects, gid: str, given: Mapping[str, Any]) -> Payload:
    """`storeCreditAccountCredit` of an account or a customer."""
    root, account = "storeCreditAccountTransaction", objects.get(gid, "StoreCreditAccount")
    owner = account["owner"] if account else gid
    if account is None and "/StoreCreditAccount/" in gid:
        return _refused(root, "ACCOUNT_NOT_FOUND", "Store credit account does not exist", ["id"])
    if objects.get(owner, "Customer") is None:
        return _refused(root, "OWNER_NOT_FOUND", "Owner does not exist", ["id"])
    amount, currency = exact(given["creditAmount"]["amount"]), given["creditAmount"]["currencyCode"]
    field = ["creditInput", "creditAmount"]
    if amount is None or amount <= 0:
        text = "A positive amount must be used to credit a store credit account"
        return _refused(root, "NEGATIVE_OR_ZERO_AMOUNT", text, [*field, "amount"])
    if account is not None and account["currency"] != currency:
        text = "The currency provided does not match the currency of the store credit account"
        return _refused(root, "MISMATCHING_CURRENCY", text, [*field, "currencyCode"])
    ends = given.get("expiresAt")
    if ends and datetime.fromisoformat(ends) <= objects.now:
        text = "The expiry date must be in the future"
        return _refused(root, "EXPIRES_AT_IN_PAST", text, ["creditInput", "expiresAt"])
    if given.get("notify"):
        objects.mail(owner)
    return _entered(objects, add_credit(objects, owner, amount, currency), amount, "CreditTransaction")


def debit(objects: Objects, gid: str, given: Mapping[str, Any]) -> Payload:
    """`storeCreditAccountDebit`; the amount of the transaction is negative."""
    root, account = "storeCreditAccountTransaction", objects.get(gid, "StoreCreditAccount")
    if account is None:
        return _refused(root, "ACCOUNT_NOT_FOUND", "Store credit account does not exist", ["id"])
    amount, field = exact(given["debitAmount"]["amount"]), ["debitInput", "debitAmount"]
    if amount is None or amount <= 0:
        text = "A positive amount must be used to debit a store credit account"
        return _refused(root, "NEGATIVE_OR_ZERO_AMOUNT", text, [*field, "amount"])
    if account["currency"] != given["debitAmount"]["currencyCode"]:
        text = "The currency provided does not match the currency of the store credit account"
        return _refused(root, "MISMATCHING_CURRENCY", text, [*field, "currencyCode"])
    if amount > Decimal(account["balance"]):
        text = "The store credit account does not have sufficient funds to satisfy the request"
        return _refused(root, "INSUFFICIENT_FUNDS", text, [*field, "amount"])
    account["balance"] = str(Decimal(account["balance"]) - amount)
    objects.save(account)
    return _entered(objects, account, -amount, "DebitTransaction")


def _entered(objects: Objects, account: Body, amount: Decimal, kind: str) -> Payload:
    balance = money(Decimal(account["balance"]), account["currency"])
    entry = objects.add(f"StoreCreditAccount{kind}", account["id"], {"amount": str(amount)})
    shown = {"id": account["id"], "balance": balance}
    transaction = {
        "id": entry["id"],
        "account": shown,
        "amount": money(amount, account["currency"]),
        "balanceAfterTransaction": balance,
        "remainingAmount": money(max(amount, Decimal(0)), account["currency"]),
        "createdAt": objects.at,
        "event": "ADJUSTMENT",
    }
    return {"storeCreditAccountTransaction": transaction, "userErrors": []}


def gift_card(objects: Objects, given: Mapping[str, Any]) -> Payload:
    """`giftCardCreate`. A code that is taken is refused without an error code: it is the key of a card."""
    wanted = given.get("initialAmount") or {
        "amount": given.get("initialValue"),
        "currencyCode": objects.shop["currency"],
    }
    amount, code = exact(wanted["amount"]), str(given.get("code") or "").casefold()
    problem = _gift_card_problem(objects, given, amount, code)
    if problem is not None or amount is None:
        return {**_refused("giftCard", *(problem or _ZERO)), "giftCardCode": None}
    value = money(amount, wanted["currencyCode"])
    stored = objects.add("GiftCard", code or objects.domain, {"value": value, "note": given.get("note")})
    shown = {"id": stored["id"], "balance": value, "initialValue": value, "note": stored["note"]}
    shown["lastCharacters"] = code[-4:]
    return {"giftCard": shown, "giftCardCode": code, "userErrors": []}


_ZERO = ("GREATER_THAN", "must be greater than 0", ["input", "initialValue"])


def _gift_card_problem(
    objects: Objects, given: Mapping[str, Any], amount: Decimal | None, code: str
) -> tuple[str | None, str, list[str]] | None:
    customer, field = given.get("customerId"), ["input", "code"]
    if customer and objects.get(customer, "Customer") is None:
        return "CUSTOMER_NOT_FOUND", "The customer could not be found.", ["input", "customerId"]
    if amount is None or amount <= 0:
        return _ZERO
    if code and len(code) < 8:
        return "TOO_SHORT", "Code must be at least 8 characters long", field
    if len(code) > 20:
        return "TOO_LONG", "Code must be at most 20 characters long", field
    if code and not re.fullmatch(r"[a-z0-9]+", code):
        return "INVALID", "Code can only contain letters(a-z) and numbers(0-9)", field
    if code and objects.of(code, "GiftCard"):
        return None, "Code has already been taken", field
    return None
