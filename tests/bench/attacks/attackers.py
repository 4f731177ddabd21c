"""The attacks, each from a process of its own until it is ended: `python -m tests.bench.attacks.attackers NAME PLAN`."""

import asyncio
import base64
import hashlib
import hmac
import json
import resource
import secrets
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from itertools import cycle
from typing import Any

import aiohttp
from itsdangerous import URLSafeSerializer

ELSEWHERE = "127.0.0.2"  # attackers are not where the shop is
Plan = Mapping[str, Any]
ATTACKS: dict[str, Callable[[Plan], Coroutine[Any, Any, None]]] = {}


def attack(
    function: Callable[[Plan], Coroutine[Any, Any, None]],
) -> Callable[[Plan], Coroutine[Any, Any, None]]:
    ATTACKS[function.__name__] = function
    return function


@attack
async def unsubscribe_flood(plan: Plan) -> None:
    """Ten connections use one mail's link to unsubscribe, again and again."""
    link = f"{plan['api']}/v1/unsubscribe/{_unsubscribe_token(plan)}"
    await _from_ten_connections(link, lambda: (b"List-Unsubscribe=One-Click", {}))


@attack
async def body_of_nothing(plan: Plan) -> None:
    """A customer asks, again and again, what 87,000 nothings would pay."""
    body = b'{"items":[' + b",".join([b"{}"] * 87_000) + b"]}"
    headers = {"Authorization": f"Bearer {plan['link']}", "Content-Type": "application/json"}
    await _from(1, f"{plan['api']}/v1/orders/{plan['order']}/returns/quote", lambda: (body, headers))


@attack
async def unlisted_code_flood(plan: Plan) -> None:
    """A merchant's carrier reports 10,000 scans a message, each with a code that no vocabulary lists."""
    url = f"{plan['api']}/v1/webhooks/carriers/generic/{plan['merchant']}"
    await _from(1, url, lambda: _signed(_unlisted_codes(), plan["secret"]))


@attack
async def silent_connections(plan: Plan) -> None:
    """1,100 connections that send nothing, each opened again a second after it ended."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    await asyncio.gather(*(_silent(plan["port"]) for _ in range(1100)))


async def _silent(port: int) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ELSEWHERE, 0))
            await reader.read()
            writer.close()
        except OSError:
            pass  # it was refused or reset
        await asyncio.sleep(1)


async def _from_ten_connections(url: str, message: Callable[[], tuple[bytes, dict[str, str]]]) -> None:
    await _from(10, url, message)


async def _from(count: int, url: str, message: Callable[[], tuple[bytes, dict[str, str]]]) -> None:
    connector = aiohttp.TCPConnector(local_addr=(ELSEWHERE, 0), limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def one() -> None:
            for _ in cycle((None,)):
                body, headers = message()
                try:
                    async with http.post(url, data=body, headers=headers) as answer:
                        await answer.read()
                except (aiohttp.ClientError, TimeoutError, OSError):
                    await asyncio.sleep(0.05)

        await asyncio.gather(*(one() for _ in range(count)))


def _unlisted_codes() -> bytes:
    at = "2026-03-01T08:00:00Z"
    scans = [[{"at": at, "status": f"w{secrets.token_hex(4)}"} for _ in range(500)] for _ in range(20)]
    parcels = [
        {"carrier": "UPS", "tracking_number": f"N{number}", "scans": some}
        for number, some in enumerate(scans)
    ]
    message = {"type": "tracking.updated", "data": {"parcels": parcels}}
    return json.dumps(message, separators=(",", ":")).encode()


def _signed(body: bytes, secret: str) -> tuple[bytes, dict[str, str]]:
    delivery, stamp = f"msg_{secrets.token_hex(8)}", str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256))
    headers = {
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + signature.decode(),
    }
    return body, {**headers, "Content-Type": "application/json"}


def _unsubscribe_token(plan: Plan) -> str:
    """The link of a mail that was sent to the merchant's customer."""
    codes = bytes.fromhex(plan["codes"])
    signer = URLSafeSerializer(hmac.digest(codes, b"unsubscribe", hashlib.sha256), salt="unsubscribe")
    claims = {
        "merchant": plan["merchant"],
        "customer": "cus_" + "a" * 26,
        "channel": "email",
        "topic": "delivery",
    }
    return str(signer.dumps(claims))


if __name__ == "__main__":
    asyncio.run(ATTACKS[sys.argv[1]](json.loads(sys.argv[2])))
