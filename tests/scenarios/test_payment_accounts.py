"""Accounts at payment providers: who sets them, what is shown, and what the provider says to their keys."""

from typing import Any

import pytest

from tests.scenarios.admins import as_admin, as_platform
from tests.scenarios.command_line import smot
from tests.scenarios.shop import Shop

ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])  # the table is tested on both databases
STRIPE: dict[str, Any] = {
    "keys": {"secret_key": "sk_test_" + "4" * 24, "webhook_secret": "whsec_" + "5" * 24},
    "account": "acct_1PgafTB7WZ01zgkW",
}
SHOPIFY: dict[str, Any] = {
    "keys": {"access_token": "shpat_" + "a" * 32, "webhook_secret": "b" * 32},
    "account": "kettle.myshopify.com",
}
WOO: dict[str, Any] = {
    "keys": {"consumer_key": "ck_" + "c" * 40, "consumer_secret": "cs_" + "d" * 40},
    "account": "https://shop.example/wordpress",
}
SANDBOX: dict[str, Any] = {"keys": {"webhook_secret": "whsec_" + "c2FuZGJveC1zZWNyZXQ="}}


@ON_SQLITE
@pytest.mark.parametrize(
    ("provider", "body"), [("stripe", STRIPE), ("shopify", SHOPIFY), ("woocommerce", WOO)]
)
async def test_a_merchants_admin_sets_an_account_and_its_keys_are_never_shown_again(
    shop: Shop, provider: str, body: dict[str, Any]
) -> None:
    path = f"/payments/{provider}"
    assert (await as_admin(shop, "GET", path)).status == 404
    assert (await shop.call("PUT", f"/v1/merchants/{shop.name}{path}", body, role="finance")).status == 403
    created = (await as_admin(shop, "PUT", path, body)).ok()
    assert (
        created.body.items() >= {"provider": provider, "account": body["account"], "refused_at": None}.items()
    )
    assert sorted(created["keys"]) == sorted(body["keys"])
    path_of_webhooks = f"/v1/webhooks/payments/{provider}/{shop.name}" if provider != "woocommerce" else None
    assert created["webhook_path"] == path_of_webhooks
    assert (await as_admin(shop, "GET", path)).body == created.body
    for secret in body["keys"].values():
        assert secret not in str(created.body)
    assert (await as_admin(shop, "DELETE", path)).body == {"removed": True}
    assert (await as_admin(shop, "GET", path)).status == 404
    actions = [line["action"] for line in (await shop.call("GET", "/v1/audit", role="admin")).ok()["items"]]
    assert [one for one in actions if one.startswith("payment_account")] == [
        "payment_account_set",
        "payment_account_removed",
    ]


@ON_SQLITE
@pytest.mark.parametrize(
    ("provider", "body", "pointer"),
    [
        ("stripe", {"keys": {}}, "/keys/secret_key"),
        ("stripe", {"keys": {"secret_key": "pk_test_" + "4" * 24}}, "/keys/secret_key"),
        ("stripe", {**STRIPE, "account": "kettle"}, "/account"),
        ("stripe", {"keys": {**STRIPE["keys"], "consumer_key": "ck_"}}, "/keys/consumer_key"),
        ("shopify", {**SHOPIFY, "account": ""}, "/account"),
        ("shopify", {**SHOPIFY, "account": "kettle.example"}, "/account"),
        ("shopify", {**SHOPIFY, "keys": {"webhook_secret": "b" * 32}}, "/keys/access_token"),
        ("woocommerce", {**WOO, "account": "http://shop.example"}, "/account"),
        ("woocommerce", {**WOO, "account": "https://10.0.0.1"}, "/account"),
        ("woocommerce", {**WOO, "account": "https://localhost"}, "/account"),
        ("woocommerce", {**WOO, "keys": {**WOO["keys"], "consumer_key": "cs_" + "c" * 40}}, "/keys/consumer_key"),
    ],
)  # fmt: skip
async def test_keys_of_another_shape_are_refused_with_the_field(
    shop: Shop, provider: str, body: dict[str, Any], pointer: str
) -> None:
    refused = await as_admin(shop, "PUT", f"/payments/{provider}", body)
    assert (refused.status, [one["pointer"] for one in refused["errors"]]) == (400, [pointer])
    assert "ck_" not in str(refused.body)
    assert "pk_test_" not in str(refused.body)


@ON_SQLITE
async def test_only_the_platforms_admin_names_another_address(shop: Shop) -> None:
    body = {**STRIPE, "base": "http://127.0.0.1:9"}
    assert (await as_admin(shop, "PUT", "/payments/stripe", body)).status == 403
    path = f"/v1/merchants/{shop.name}/payments/stripe"
    assert (await as_platform(shop, "PUT", path, body)).ok()["base"] == "http://127.0.0.1:9"
    assert (await as_platform(shop, "PUT", "/v1/merchants/nobody/payments/stripe", STRIPE)).status == 404
    for wrong in ("ftp://x", "https://x/y", "https://x y"):
        assert (await as_platform(shop, "PUT", path, {**STRIPE, "base": wrong})).status == 400


@ON_SQLITE
async def test_what_is_not_there_is_named(shop: Shop) -> None:
    path = f"/v1/merchants/{shop.name}/payments/stripe"
    for method, where, said in (
        ("PUT", "/v1/merchants/nobody/payments/stripe", "There is no such merchant."),
        ("PUT", path.replace("stripe", "strype"), "The payment providers are sandbox, stripe, shopify"),
        ("GET", path, "No keys of that merchant are set at that provider."),
        ("POST", f"{path}/test", "No keys of that merchant are set at that provider."),
    ):
        missing = await as_platform(shop, method, where, STRIPE if method == "PUT" else None)
        assert missing.status == 404
        assert missing["detail"].startswith(said)


@ON_SQLITE
async def test_a_test_says_what_the_provider_answers(shop: Shop) -> None:
    assert (await as_admin(shop, "POST", "/payments/stripe/test")).status == 404
    (await as_admin(shop, "PUT", "/payments/sandbox", SANDBOX)).ok()
    tested = (await as_admin(shop, "POST", "/payments/sandbox/test")).ok()
    assert tested.body == {
        "accepted": True,
        "account": shop.name,
        "detail": f"The sandbox provider accepts the keys; it names the account {shop.name}.",
        "refused_at": None,
    }


@ON_SQLITE
async def test_accounts_from_the_command_line(shop: Shop) -> None:
    where = ("--data", str(shop.deployment.data))

    async def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        return await smot("merchants", "payments", *words, *where, env=shop.deployment.env, typed=typed)

    keys = "secret_key=sk_test_" + "4" * 24 + "\n"
    code, out, err = await run("set", shop.name, "stripe", "--keys-file", "-", typed=keys)
    assert code == 0, err
    assert "sk_test_" not in out + err
    assert f"/v1/webhooks/payments/stripe/{shop.name}" in out
    assert "refused until you set the webhook_secret" in out
    code, out, err = await run("show", shop.name, "stripe")
    assert (code, "has secret_key" in out, "sk_test_" in out) == (0, True, False), err
    code, out, err = await run("set", shop.name, "stripe", "--keys-file", "-", typed="secret_key=nonsense\n")
    assert (code, "nonsense" in out + err, "secret_key" in err) == (2, False, True)
    (await as_admin(shop, "PUT", "/payments/sandbox", SANDBOX)).ok()
    code, out, err = await run("test", shop.name, "sandbox")
    assert (code, "accepts the keys" in out) == (0, True), err
    assert (await run("remove", shop.name, "stripe"))[0] == 0
    assert (await run("show", shop.name, "stripe"))[0] == 2
