"""Plays the steps of a case against a real deployment, as the shop and everyone around it."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from string import Template
from typing import Any, assert_never

from tests.reports.case import (
    Attention,
    Call,
    Clock,
    Kept,
    Letters,
    Payment,
    Refunded,
    See,
    Webhook,
)
from tests.reports.case import (
    step as step_of,
)
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shopify import ShopifyShop

_SECONDS = 30.0
_LATER = 0.5  # seconds in which what must not happen would have happened


class Player:
    """One shop that plays one case. `names`: texts that a step kept for the later ones."""

    def __init__(self, shopify: ShopifyShop) -> None:
        self.shopify, self.shop = shopify, shopify.shop
        self.names: dict[str, str] = {}

    async def play(self, written: Any) -> None:
        """One step, as it is written in the file."""
        step = step_of(json.loads(Template(json.dumps(written)).safe_substitute(self.names)))
        match step:
            case Payment():
                await self._pay(step)
            case Webhook():
                await self._send(step)
            case Clock():
                await self.shop.set_clock(step.clock)
            case Call():
                await self._call(step)
            case See():
                await self._until(lambda: self._get_values(step), step.values)
            case Letters():
                await self._letters(step)
            case Refunded():
                await self._until(lambda: self._refunded(step.refunded), step.amount)
            case Attention():
                await self._until(lambda: self._attention(step.attention), sorted(step.kinds))
            case Kept():
                await self._until(lambda: self._kept(step.inbox), step.reasons)
            case _:
                assert_never(step)

    async def _pay(self, step: Payment) -> None:
        body = {**step.model_dump(), "account": self.shop.name}
        async with self.shop.http.post(
            self.shop.deployment.addresses["psp"] + "/payments", json=body
        ) as answer:
            assert answer.status == 201, await answer.text()

    async def _send(self, step: Webhook) -> None:
        body = json.dumps(step.body).encode() if step.raw is None else step.raw.encode(step.charset)
        if step.webhook == "shopify":
            answer = await self.shopify.raw(body, self.shopify.headers(step.topic, body))
        else:
            answer = await self.shop.post_carrier_webhook(step.webhook, body, self._signature(step, body))
        assert answer.status == step.status, answer.body
        await self._processed()

    def _signature(self, step: Webhook, body: bytes) -> dict[str, str]:
        if step.webhook == "easypost":
            return self.shop.easypost_signature(body)
        if step.webhook == "generic":
            return self.shop.standard_signature(body)
        digest = hmac.digest(self.shop.secrets["aftership"].encode(), body, hashlib.sha256)
        return {"aftership-hmac-sha256": base64.b64encode(digest).decode()}

    async def _processed(self) -> None:
        query = "SELECT COUNT(*) FROM inbox WHERE merchant = ? AND status = 'received'"
        await eventually(lambda: self.shop.deployment.rows(query, self.shop.name)[0][0] == 0, _SECONDS)

    async def _call(self, step: Call) -> None:
        answer = await self.shop.call(step.method, step.call, step.body, role=step.role, key=step.key)
        if step.status is None:
            answer.ok()
        else:
            assert answer.status == step.status, answer.body
        found = {pointer: _at(answer.body, pointer) for pointer in step.values}
        assert found == step.values, answer.body
        self.names |= {name: str(_at(answer.body, pointer)) for name, pointer in step.keep.items()}

    async def _get_values(self, step: See) -> dict[str, Any]:
        answer = await self.shop.call("GET", step.see, role=step.role)
        return {pointer: _at(answer.body, pointer) for pointer in step.values}

    async def _letters(self, step: Letters) -> None:
        if step.kinds is not None:
            await self._until(lambda: self._kinds(step.letters), step.kinds)
        sent = await self._sent(step.letters)
        for kind, texts in step.say.items():
            letters = [json.dumps(one, ensure_ascii=False) for one in sent if one["kind"] == kind]
            missing = [text for text in texts if not any(text in letter for letter in letters)]
            assert not missing, (kind, missing, letters)
        everything = json.dumps(sent, ensure_ascii=False)
        assert [text for text in step.never if text in everything] == [], everything

    async def _sent(self, order: str) -> list[dict[str, Any]]:
        notices = [one for one in await self.shop.notices(order) if one["sent_at"]]
        return sorted(notices, key=lambda one: str(one["sent_at"]))

    async def _kinds(self, order: str) -> list[str]:
        return [str(one["kind"]) for one in await self._sent(order)]

    async def _refunded(self, payment: str) -> int:
        async with self.shop.http.get(
            self.shop.deployment.addresses["psp"] + f"/payments/{payment}"
        ) as answer:
            return int((await answer.json())["refunded"])

    async def _attention(self, order: str) -> list[str]:
        ours = (await self.shop.view(order))["order"]
        return sorted(str(item["kind"]) for item in await self.shop.attention_items(ours))

    async def _kept(self, status: str) -> list[str]:
        answer: ApiResponse = await self.shop.call(
            "GET", f"/v1/inbox?status={status}&limit=100", role="agent"
        )
        return [str(item["reason"]) for item in sorted(answer["items"], key=lambda item: int(item["id"]))]

    async def _until(self, look: Any, wanted: Any) -> None:
        """Look until it is as wanted. What is wrong for good is told with the last look.

        Nothing is found before anything happens too, so after that a second look has to find nothing.
        """
        deadline = time.monotonic() + _SECONDS
        while (found := await look()) != wanted:
            assert time.monotonic() < deadline, (found, wanted)
            await asyncio.sleep(0.05)
        if not wanted:
            await asyncio.sleep(_LATER)
            assert (found := await look()) == wanted, found


def _at(body: Any, pointer: str) -> Any:
    """What a JSON pointer finds; `~absent` where nothing is. `/#` at its end counts."""
    found = body
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if name == "#":
            return len(found)
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, TypeError, ValueError):
            return "~absent"
    return found
