"""Planted people are erased, and what is left of them is searched for in everything that a deployment keeps."""

from pathlib import Path
from typing import Any

from runtime.admin.verify_privacy import search_deployment
from tests.patience import PATIENCE
from tests.scenarios.planted_people import PlantedPerson
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop import Shop

REASON = {"reason": "they proved who they are"}
NEVER_KEPT = {"request_key"}  # only its pseudonym is


async def erase(shop: Shop, person: PlantedPerson) -> None:
    """By the e-mail address, until it is done."""
    body = {"kind": "erasure", "person": {"email": person.mail}}
    made = (await shop.call("POST", "/v1/privacy/requests", body, role="admin")).ok().body
    assert made["orders"] == len(person.orders)
    path = f"/v1/privacy/requests/{made['id']}"
    (await shop.call("POST", f"{path}/approvals", REASON, role="admin")).ok()
    state = "SELECT status FROM privacy_requests WHERE id = ?"
    await eventually(lambda: shop.deployment.rows(state, made["id"]) == [("done",)], PATIENCE)


async def found(shop: Shop, people: list[PlantedPerson], *, opened: bool = True) -> dict[str, set[str]]:
    """By person: the kinds of their texts that stand anywhere, in clear or where our keys open it."""
    texts = [(person.token, kind, text) for person in people for kind, text in person.texts.items()]
    file = shop.deployment.data.parent / "planted.txt"
    file.write_text("".join(f"{text}\n" for _, _, text in texts))
    hits, _ = await search_deployment(shop.deployment.settings, Path(file), [], opened=opened)
    result: dict[str, Any] = {person.token: set() for person in people}
    for hit in hits:
        token, kind, _ = texts[hit.number - 1]
        result[token].add(kind)
    return result


def waiting(shop: Shop) -> int:
    """How many deliveries are still to be applied."""
    count = "SELECT COUNT(*) FROM inbox WHERE status = 'received'"
    return int(shop.deployment.rows(count)[0][0])
