"""The command line on a running deployment: its output, and its errors."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from store.merchants.api_keys import CACHE_TTL
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment

pytestmark = pytest.mark.databases_in_turn


async def status(deployment: Deployment, http: aiohttp.ClientSession, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    async with http.get(deployment.addresses["api"] + "/v1/orders", headers=headers) as answer:
        return answer.status


async def test_a_merchant_is_added_and_its_keys_can_be_listed_added_and_revoked(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    data = ("--data", str(deployment.data))
    code, out, err = await smot("merchants", "add", "cli-shop", "--sandbox", *data, env=deployment.env)
    assert (code, err) == (0, "")
    exported = dict(re.findall(r"^export (\w+)=(.*)$", out, re.MULTILINE))
    assert exported["MERCHANT"] == "cli-shop"
    assert await status(deployment, http, exported["STOREFRONT_KEY"]) == 200
    code, listed, _ = await smot("keys", "list", "cli-shop", *data, env=deployment.env)
    assert code == 0
    assert len(listed.splitlines()) == 7
    assert exported["STOREFRONT_KEY"] not in listed
    key_id = exported["STOREFRONT_KEY"].split("_")[2]
    assert (await smot("keys", "revoke", key_id, "cli-shop", *data, env=deployment.env))[0] == 0
    await asyncio.sleep(CACHE_TTL)  # so long may other processes accept it
    assert await status(deployment, http, exported["STOREFRONT_KEY"]) == 401
    code, fresh, _ = await smot("keys", "add", "cli-shop", "storefront", *data, env=deployment.env)
    assert code == 0
    assert await status(deployment, http, fresh.strip()) == 200


async def test_an_error_is_one_line_with_exit_code_two(deployment: Deployment, tmp_path: Path) -> None:
    data = ("--data", str(deployment.data))
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
    answers = await asyncio.gather(*(smot(*words, env=deployment.env) for words in mistakes))
    for (words, says), (code, _, err) in zip(mistakes.items(), answers, strict=True):
        assert code == 2, (words, err)
        assert says in err, (words, err)
        assert len(err.strip().splitlines()) <= 3, (words, err)


@pytest.mark.parametrize("port", ["99999", "-1"])
async def test_an_impossible_port_is_named(port: str, tmp_path: Path) -> None:
    code, _, err = await smot("up", "--data", str(tmp_path), "--port", port)
    assert code == 2
    assert "SMOT_PORT" in err


@pytest.mark.parametrize("words", [("version",), ("no-such",), ("inbox", "list", "acme", "--data", "none")])
async def test_a_fork_of_the_tests_answers_as_an_interpreter_of_its_own(words: tuple[str, ...]) -> None:
    assert await smot(*words) == await smot(*words, env={"PYTHONUNBUFFERED": "1"})
