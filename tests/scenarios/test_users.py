"""Users of a merchant: invited, signed in, ended; another merchant's are not there."""

import base64
import time
from collections.abc import Awaitable, Callable
from statistics import median

import pytest

from domain.staff.one_time_codes import code_at, step_at
from services.clock import real_now
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.people_of_a_shop import PASSWORD, colleague, invited, sign_in, with_password
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


async def test_a_user_is_invited_chooses_a_password_and_acts_under_the_own_name(shop: Shop) -> None:
    made = await invited(shop, "Maria@Example.org")
    user, link = made["user"]["id"], f"/v1/invitations/{made['token']}"
    assert made["user"]["status"] == "invited"
    for weak in ("short", "maria maria maria", "aaaaaaaaaaaaaaaa", "x" * 129):
        assert (await shop.call("POST", link, {"password": weak})).status == 400
    assert (await shop.call("POST", link, {"password": PASSWORD})).ok()["status"] == "active"
    assert (await shop.call("POST", link, {"password": PASSWORD})).status == 410
    opened = (await sign_in(shop, "maria@example.org ")).ok()
    order = await shop.place()
    note = {"override": "note", "reason": "she called"}
    (await shop.call("POST", f"/v1/orders/{order}/overrides", note, token=opened["token"], key="n")).ok()
    timeline = (await shop.call("GET", f"/v1/orders/{order}/timeline", role="agent")).ok()["items"]
    assert "Maria" in {one["name"] for one in timeline}
    assert (await shop.call("GET", "/v1/users", token=opened["token"])).ok()["items"][0]["email"] is None
    listed = (await shop.call("GET", "/v1/users", role="admin")).ok()["items"]
    assert [(one["id"], one["email"], one["second_factor"]) for one in listed] == [
        (user, "Maria@Example.org", False)
    ]


async def test_what_is_wrong_at_the_sign_in_is_not_said_and_takes_the_same_time(shop: Shop) -> None:
    await with_password(shop, "maria@example.org")
    wrong = [
        await sign_in(shop, "maria@example.org", "wrong horse battery"),
        await sign_in(shop, "other@example.org"),
        await shop.call(
            "POST", "/v1/sessions", {"merchant": "no-shop", "email": "m@example.org", "password": PASSWORD}
        ),
    ]
    assert {(one.status, str(one.body)) for one in wrong} == {(401, str(wrong[0].body))}

    async def seconds(email: str) -> float:
        begun = time.perf_counter()
        assert (await sign_in(shop, email, "wrong horse battery")).status == 401
        return time.perf_counter() - begun

    known, unknown = [], []
    for number in range(9):
        known.append(await seconds("maria@example.org"))
        unknown.append(await seconds(f"nobody{number}@example.org"))
    assert 0.4 < median(known) / median(unknown) < 2.5
    for _ in range(20):
        last = await sign_in(shop, "maria@example.org", "wrong horse battery")
    assert (last.status, last.body["code"]) == (429, "rate_limited")
    assert "Retry-After" in last.headers


async def test_sessions_are_listed_and_ended_and_a_user_who_is_off_has_none(shop: Shop) -> None:
    maria = await colleague(shop, "maria@example.org")
    other = (await sign_in(shop, maria.email)).ok()
    path = f"/v1/users/{maria.id}/sessions"
    assert len((await maria.call("GET", path)).ok()["items"]) == 2
    assert (await maria.call("DELETE", f"{path}/{other['session']['id']}")).status == 204
    assert (await shop.call("GET", path, token=other["token"])).status == 401
    tom = await colleague(shop, "tom@example.org", "warehouse", "Tom")
    assert (await tom.call("GET", path)).status == 404
    assert (await tom.call("POST", "/v1/users", {})).status == 403
    changed = await shop.call("PATCH", f"/v1/users/{maria.id}", {"role": "finance"}, role="admin")
    assert changed.ok()["role"] == "finance"
    assert (await maria.call("GET", "/v1/reports/summary")).status == 200
    (await shop.call("PATCH", f"/v1/users/{maria.id}", {"active": False}, role="admin")).ok()
    assert (await maria.call("GET", path)).status == 401
    assert (await sign_in(shop, maria.email)).status == 401
    actions = {line["action"] for line in (await shop.call("GET", "/v1/audit", role="admin")).ok()["items"]}
    assert {"user_invited", "password_chosen", "signed_in", "sessions_ended", "user_changed"} <= actions


async def test_a_lost_password_is_chosen_again_by_a_new_link_and_old_sessions_end(shop: Shop) -> None:
    maria = await colleague(shop, "maria@example.org", "admin")
    first = (await shop.call("POST", f"/v1/users/{maria.id}/link", role="admin")).ok()["token"]
    second = (await shop.call("POST", f"/v1/users/{maria.id}/link", role="admin")).ok()["token"]
    chosen = {"password": "another horse battery"}
    assert (await shop.call("POST", f"/v1/invitations/{first}", chosen)).status == 410
    (await shop.call("POST", f"/v1/invitations/{second}", chosen)).ok()
    assert (await maria.call("GET", "/v1/users")).status == 401
    assert (await sign_in(shop, maria.email)).status == 401
    token = (await sign_in(shop, maria.email, "another horse battery")).ok()["token"]
    for change in ({"role": "agent"}, {"active": False}):
        own = await shop.call("PATCH", f"/v1/users/{maria.id}", change, token=token)
        assert (own.status, own.body["code"]) == (409, "own_account")


async def test_a_second_factor_is_needed_at_the_sign_in_and_each_code_works_once(shop: Shop) -> None:
    maria = await colleague(shop, "maria@example.org")
    path = f"/v1/users/{maria.id}/second-factor"
    assert (await shop.call("POST", path, role="admin")).status == 404
    begun = (await maria.call("POST", path)).ok()
    secret = base64.b32decode(begun["secret"])
    assert begun["uri"].startswith("otpauth://totp/")
    wrong = await maria.call("POST", f"{path}/confirmation", {"code": "000000"})
    assert (wrong.status, wrong.body["code"]) == (409, "code_wrong")
    code = code_at(secret, step_at(real_now()))
    recovery = (await maria.call("POST", f"{path}/confirmation", {"code": code})).ok()["codes"]
    assert (await maria.call("POST", path)).status == 409
    assert (await sign_in(shop, maria.email)).body["code"] == "second_factor_needed"
    for used in (code, "123456", "no such code"):
        assert (await sign_in(shop, maria.email, code=used)).body["code"] == "sign_in_refused"
    later = code_at(secret, step_at(real_now()) + 1)  # the phone's clock may be ahead
    assert (await sign_in(shop, maria.email, code=later)).status == 201
    assert (await sign_in(shop, maria.email, code=recovery[0].lower())).status == 201
    assert (await sign_in(shop, maria.email, code=recovery[0])).status == 401
    user = (await shop.call("GET", f"/v1/users/{maria.id}", role="admin")).ok()
    assert user["second_factor"]
    assert (await shop.call("DELETE", path, role="admin")).status == 204
    assert (await maria.call("GET", "/v1/users")).status == 401
    assert (await sign_in(shop, maria.email)).status == 201


async def test_users_of_another_merchant_are_not_there(
    shop: Shop, create_shop: Callable[..., Awaitable[Shop]]
) -> None:
    other = await create_shop()
    maria = await with_password(other, "maria@example.org")
    await with_password(shop, "maria@example.org")
    same = {"email": "MARIA@example.org", "name": "M", "role": "agent"}
    assert (await shop.call("POST", "/v1/users", same, role="admin")).status == 409
    listed = (await shop.call("GET", "/v1/users", role="admin")).ok()["items"]
    assert maria not in str(listed)
    for method, path, body in (
        ("GET", f"/v1/users/{maria}", None),
        ("PATCH", f"/v1/users/{maria}", {"active": False}),
        ("POST", f"/v1/users/{maria}/link", None),
        ("GET", f"/v1/users/{maria}/sessions", None),
        ("DELETE", f"/v1/users/{maria}/sessions", None),
        ("DELETE", f"/v1/users/{maria}/second-factor", None),
    ):
        assert (await shop.call(method, path, body, role="admin")).status == 404, path
    assert (await sign_in(other, "maria@example.org")).status == 201


async def test_the_first_user_of_a_merchant_is_made_by_a_command(shop: Shop, deployment: Deployment) -> None:
    env = {**deployment.env, "SMOT_DATA": str(deployment.data)}
    code, out, err = await smot("users", "add", shop.name, "ada@example.org", "--name", "Ada", env=env)
    assert code == 0, err
    token = out.strip().rpartition("/agents/welcome/")[2]
    accepted = await shop.call("POST", f"/v1/invitations/{token}", {"password": PASSWORD})
    assert accepted.ok()["role"] == "admin"


def test_codes_are_those_of_the_rfc() -> None:
    secret = b"12345678901234567890"  # RFC 6238, appendix B, the last six of the eight digits
    assert [code_at(secret, at // 30) for at in (59, 1111111109, 20000000000)] == [
        "287082",
        "081804",
        "353130",
    ]
    assert step_at(real_now()) > 0
