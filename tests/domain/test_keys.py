"""The key of every effect is spelt in `domain/keys.py` or a module beside it, `domain/*_keys.py`, and nowhere else."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.scenario_table import ROOT

ROOMS = (
    "domain",
    "ports",
    "store",
    "adapters",
    "activities",
    "workflows",
    "services",
    "api",
    "runtime",
)
KEYS = sorted((ROOT / "domain").glob("*keys.py"))

BETWEEN_VALUES = re.compile(r"[a-z_-]*(/[a-z_-]*)+|\x1f")  # `/`, `word/`, `/word/`
# The name of what an address, or a place in a body, begins with.
ADDRESS = re.compile(r"(base|url|address|api|host|path|pointer)\b", re.IGNORECASE)
SENTENCE = re.compile(r" |^/|:/")  # or a path, or an address with its scheme

# Texts of a key's form that name no effect. `{}` stands for a value.
OTHERS = {
    "{}/{}/{}/try {}": "the seed of a random wait",
    "{}/{}/{}/{}": "the seed of a random wait",
    "cash/{}": "an account of the ledger",
    "tender/{}/{}": "an account of the ledger",
    "reserved/{}": "an account of the ledger",
    "credit/{}": "an account of the ledger",
    "redeemed/{}": "an account of the ledger",
    "expense/bonus/{}": "an account of the ledger",
    "expense/goodwill/{}": "an account of the ledger",
    "held/{}": "an account of the ledger",
    "claw_back/{}": "an account of the ledger",
    "claimed/{}": "an account of the ledger",
    "expense/fee/{}": "an account of the ledger",
    "write_off/{}": "an account of the ledger",
    "carrier-account/{}": "what a secret is encrypted for",
    "webhook-secrets/{}": "what a secret is encrypted for",
    "webhook-endpoint/{}/{}": "what a secret is encrypted for",
    "webhook-endpoint-url/{}/{}": "what a URL is encrypted for",
    "channel/{}/{}": "what a secret is encrypted for",
    "payment-account/{}/{}": "what a secret is encrypted for",
    "shop-system/{}": "what a secret is encrypted for",
    "openid-provider/{}": "what a secret is encrypted for",
    "smot/{}": "what a secret is derived for",
    "{}{}/{}": "an encrypted text",
    "ord_sample/{}/{}": "a sample that is never sent",
    "kinds/{}.j2": "a file",
}
OTHERS_IN_FILE = {
    ("api/http/path_suggestions.py", "'/'.join"): "the template of an address",
    ("api/http/response_headers.py", "'/'.join"): "the template of an address",
    ("store/privacy/sealed_contexts.py", "channel/"): "what a secret is encrypted for",
    ("adapters/carriers/vocabulary.py", "'/'.join"): "a carrier's words for a status",
    ("services/merchants/authentication.py", "'/'.join"): "who calls",
    ("domain/chart_of_accounts.py", "claw_back/"): "an account of the ledger",
    ("store/ledger/journal.py", "claw_back/"): "an account of the ledger",
    ("domain/returns/views.py", "keys.digest"): "a version",
    ("domain/tracking/poll_schedule.py", "keys.digest"): "a share of a random wait",
    ("adapters/channels/mail_message.py", "keys.digest"): "a long id, shortened",
    ("workflows/activity_calls.py", "{}/{}"): "a summary on Temporal's pages",
    ("workflows/reconciliation.py", "{}/{}"): "a summary on Temporal's pages",
    ("adapters/payments/woocommerce.py", "orders/{}"): "an address",
    ("adapters/payments/woocommerce.py", "orders/{}/refunds"): "an address",
    ("adapters/payments/woocommerce_list.py", "orders/{}/refunds"): "an address",
    ("adapters/storefronts/woocommerce.py", "{}/"): "the beginning of a delivery's id",
    ("adapters/storefronts/woocommerce_poll.py", "orders/{}/refunds"): "an address",
    ("adapters/storefronts/woocommerce_writer.py", "orders/{}"): "an address",
    ("adapters/storefronts/woocommerce_writer.py", "orders/{}/notes"): "an address",
    ("adapters/storefronts/woocommerce_writer.py", "orders/{}/refunds"): "an address",
    ("adapters/storefronts/woocommerce_writer.py", "orders/{}/refunds/{}"): "an address",
    ("adapters/storefronts/woocommerce_poll.py", "webhooks/{}"): "an address",
    ("store/orders/attention.py", "{}/{}"): "the cursor of a list",
    ("adapters/carriers/generic.py", "{}/{}"): "a carrier's words for a status",
    ("store/notifications/preferences.py", "{}/{}"): "who chose: role and name",
    ("services/notifications/preferences.py", "{}/{}"): "who chose: role and name",
    ("api/http/rate_limits.py", "{}/{}"): "a counter in memory",
    ("services/orders/lookup.py", "{}/{}"): "what lookups are counted for",
    ("store/privacy/encryption.py", "{}/{}"): "what a key is derived for",
    ("api/routes/letter_links.py", "{}/{}"): "a counter in memory",
    ("runtime/verify/disputes.py", "dispute/"): "an account of the ledger",
    ("domain/chart_of_accounts.py", "dispute/"): "an account of the ledger",
    ("api/http/list_lengths.py", "{}/{}"): "a place in a body",
}


def key_prefixes() -> set[str]:
    """What the keys begin with: `return/`, `msg_` and so on."""
    texts = (text for file in KEYS for _, text in f_strings(file.read_text()))
    return {text.partition("{")[0] for text in texts} - {"", "smot/", "\x1f"}


def f_strings(code: str) -> Iterator[tuple[ast.JoinedStr, str]]:
    """Each f-string, and its text with `{}` for every value."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node, "".join(parts)


def spelt_keys(code: str, prefixes: set[str]) -> Iterator[str]:
    """Every text of that code that is joined, or begins, like a key."""
    for node, text in f_strings(code):
        first = node.values[0]
        is_address = isinstance(first, ast.FormattedValue) and ADDRESS.search(ast.unparse(first.value))
        joined = any(
            BETWEEN_VALUES.fullmatch(str(part.value))
            for part in node.values
            if isinstance(part, ast.Constant)
        )
        if ("{}" in text and joined and not is_address and not SENTENCE.search(text)) or text.startswith(
            tuple(prefixes)
        ):
            yield text
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and node.value in prefixes:
            yield node.value
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("'/'.join", "keys.digest"):
            yield ast.unparse(node.func)


def test_no_file_but_one_spells_a_key() -> None:
    spelt, prefixes = [], key_prefixes()
    for file in sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py") if file not in KEYS):
        name = str(file.relative_to(ROOT))
        for text in spelt_keys(file.read_text(), prefixes):
            if text not in OTHERS and (name, text) not in OTHERS_IN_FILE:
                spelt.append((name, text))
    assert spelt == []


@pytest.mark.parametrize(
    "planted",
    [
        'key = f"{request.merchant}/{request.key}"',
        'key = f"capture/{order.order}"',
        'key = f"{order}/{parcel}/parcel_lost/1"',
        'key = f"evt_{secrets.token_hex(20)}"',
        'key = "msg_" + notice_keys.message(merchant, notice)',
        'key = "/".join((return_id, location_id))',
        'key = keys.digest(merchant, "cancel", order)',
        'key = hashlib.sha256(f"{carrier}\\x1f{number}".encode())',
        'paid = subject.startswith("return/")',
    ],
)
def test_a_key_spelt_elsewhere_is_found(planted: str) -> None:
    assert list(spelt_keys(planted, key_prefixes()))


@pytest.mark.parametrize(
    "planted",
    [
        'url = f"{self._base}/refunds"',
        'says = f"order {order} was paid back on {day}/{month}"',
        'path = f"/lines/{i}"',
    ],
)
def test_an_address_or_a_sentence_is_not_accepted_as_a_key(planted: str) -> None:
    assert not list(spelt_keys(planted, key_prefixes()))
