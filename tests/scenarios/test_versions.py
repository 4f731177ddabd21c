"""Versions: an agent acts on the state they saw, or gets a conflict (AGT-2)."""

from domain.actors import Role
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import Shop


async def override(shop: Shop, path: str, name: str, etag: str | None) -> ApiResponse:
    headers = {"If-Match": etag} if etag else {}
    body = {"override": name, "reason": "as the customer asked"}
    return await shop.call("POST", f"{path}/overrides", body, role="agent", headers=headers)


async def test_a_return_changed_meanwhile_is_a_conflict_and_other_news_of_its_order_is_not(
    shop: Shop,
) -> None:
    order = await shop.delivered()
    opened = (await shop.open(order, item("1"))).ok()
    path = f"/v1/returns/{opened['return']['return_id']}"
    etag_seen = (await shop.call("GET", path)).ok().headers["ETag"]
    (await shop.open(order, item("2"))).ok()  # the order moves on, this return does not
    assert (await shop.call("GET", path)).ok().headers["ETag"] == etag_seen
    held = (await override(shop, path, "hold", etag_seen)).ok()
    assert held["return"]["status"] == "authorized"
    released = (await override(shop, path, "release", None)).ok()
    assert released.status == 200
    (await shop.drop_off(opened)).ok()
    late = await override(shop, path, "hold", etag_seen)
    assert (late.status, late["code"]) == (409, "version_conflict")
    assert late.reasons == ["state_changed"]
    assert late["current"]["order"] == order


async def test_an_orders_etag_is_its_version(shop: Shop) -> None:
    order = await shop.place()
    path = f"/v1/orders/{order}"
    first = (await shop.call("GET", path)).ok().headers["ETag"]
    assert first == f'"{(await shop.view(order))["seq"]}"'
    assert (await shop.call("GET", f"{path}?live=true")).ok().headers["ETag"] == first
    (await override(shop, path, "note", first)).ok()
    for stale in (first, '"not-a-version"'):
        answer = await override(shop, path, "note", stale)
        assert (answer.status, answer["code"]) == (409, "version_conflict")
    (await override(shop, path, "note", "*")).ok()


async def test_a_status_is_the_same_to_the_letter_until_the_order_moves_and_then_at_once_the_new_one(
    shop: Shop,
) -> None:
    order = await shop.place()
    path = f"/v1/orders/{order}"
    first = (await shop.call("GET", path)).ok()
    again = (await shop.call("GET", path, role=Role.AGENT)).ok()
    assert (again.body, again.headers["ETag"]) == (first.body, first.headers["ETag"])
    for _ in range(3):
        (await override(shop, path, "note", "*")).ok()
        moved = (await shop.call("GET", path)).ok()
        live = (await shop.call("GET", f"{path}?live=true")).ok()
        assert moved.headers["ETag"] != first.headers["ETag"]
        assert moved.body == live.body
        first = moved
