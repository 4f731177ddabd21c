"""The command line on a running house: what it prints, and what it says when something is wrong."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from store.keys import CACHE_TTL
from tests.scenarios.commands import smot
from tests.scenarios.house import Deployment


async def status(house: Deployment, http: aiohttp.ClientSession, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    async with http.get(house.addresses["api"] + "/v1/orders", headers=headers) as answer:
        return answer.status


async def test_a_merchant_is_added_and_its_keys_can_be_listed_added_and_revoked(
    house: Deployment, http: aiohttp.ClientSession
) -> None:
    data = ("--data", str(house.data))
    code, out, err = await smot("merchants", "add", "cli-shop", "--sandbox", *data, env=house.env)
    assert (code, err) == (0, "")
    made = dict(re.findall(r"^export (\w+)=(.*)$", out, re.MULTILINE))
    assert made["MERCHANT"] == "cli-shop"
    assert await status(house, http, made["STOREFRONT_KEY"]) == 200
    code, listed, _ = await smot("keys", "list", "cli-shop", *data, env=house.env)
    assert code == 0
    assert len(listed.splitlines()) == 6
    assert made["STOREFRONT_KEY"] not in listed
    key_id = made["STOREFRONT_KEY"].split("_")[1]
    assert (await smot("keys", "revoke", key_id, "cli-shop", *data, env=house.env))[0] == 0
    await asyncio.sleep(CACHE_TTL)  # so long may others take it for good
    assert await status(house, http, made["STOREFRONT_KEY"]) == 401
    code, fresh, _ = await smot("keys", "add", "cli-shop", "storefront", *data, env=house.env)
    assert code == 0
    assert await status(house, http, fresh.strip()) == 200


async def test_what_is_wrong_is_said_in_a_line_and_with_exit_code_two(house: Deployment, tmp_path: Path) -> None:
    data = ("--data", str(house.data))
    typo = tmp_path / "policy.yaml"
    typo.write_text("windw: 30\n")
    mistakes = {
        ("verify", "--data", str(tmp_path / "nothing")): "nothing was started in",
        ("merchants", "add", "A b", *data): "/merchant",
        ("merchants", "add", "late-shop", "--clock", "2026-03-02T08:00:00Z", *data): "--sandbox",
        ("merchants", "add", "typo-shop", "--policy", str(typo), *data): "windw",
        ("policies", "check", str(typo)): "windw",
        ("keys", "add", "no-such-shop", "agent", *data): "no merchant no-such-shop",
        ("keys", "add", "cli-shop", "king", *data): "king is no role",
        ("keys", "revoke", "00000000", *data): "no key 00000000",
        ("up", *data): "is in use by another smot",
    }
    answers = await asyncio.gather(*(smot(*words, env=house.env) for words in mistakes))
    for (words, says), (code, _, err) in zip(mistakes.items(), answers, strict=True):
        assert code == 2, (words, err)
        assert says in err, (words, err)
        assert len(err.strip().splitlines()) <= 3, (words, err)


@pytest.mark.parametrize("port", ["99999", "-1"])
async def test_an_impossible_port_is_named(port: str, tmp_path: Path) -> None:
    code, _, err = await smot("up", "--data", str(tmp_path), "--port", port)
    assert code == 2
    assert "SMOT_PORT" in err
