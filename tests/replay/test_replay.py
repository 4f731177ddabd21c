"""Today's code replays the histories of earlier releases: under any time zone and any hash seed."""

import asyncio
import base64
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, WorkflowReplayResult

from runtime.processes.worker import RUNNER
from tests.patience import PATIENCE
from workflows.order_journey import OrderJourney

HISTORIES = sorted((Path(__file__).with_name("histories")).glob("*/*.json"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


async def replayed(path: Path) -> WorkflowReplayResult:
    text = path.read_text()
    workflow_id = workflow_id_in(json.loads(text))
    replayer = Replayer(
        workflows=[OrderJourney], workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )
    history = WorkflowHistory.from_json(workflow_id, text)
    async with asyncio.timeout(30):  # a history that ends before its first task is never replayed
        return await replayer.replay_workflow(history, raise_on_replay_failure=False)


def workflow_id_in(history: dict[str, Any]) -> str:
    started = history["events"][0]["workflowExecutionStartedEventAttributes"]
    workflow_id: str = started["workflowId"]
    return workflow_id


def kinds(path: Path) -> Counter[str]:
    events = json.loads(path.read_text())["events"]
    return Counter(event["eventType"].removeprefix("EVENT_TYPE_") for event in events)


@pytest.mark.scenario("S-100")
@pytest.mark.parametrize("path", HISTORIES, ids=named)
async def test_a_recorded_history_replays(path: Path) -> None:
    result = await replayed(path)
    assert result.replay_failure is None


@pytest.mark.scenario("S-100")
@pytest.mark.parametrize(
    ("zone", "seed"), [("Pacific/Apia", "1"), ("America/St_Johns", "4242")], ids=["Apia", "St_Johns"]
)
async def test_all_histories_replay_elsewhere_and_with_other_hashes(zone: str, seed: str) -> None:
    """A rule that reads the local clock or the order of a set has the same result here and another one there."""
    env = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed}
    argv = [sys.executable, "-m", "tests.replay.test_replay"]
    replay = await asyncio.create_subprocess_exec(
        *argv, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(replay.communicate(), PATIENCE)
    assert out.decode().splitlines()[-1] == f"{len(HISTORIES)} replayed, 0 failed", out.decode()[-3000:]
    assert replay.returncode == 0


@pytest.mark.scenario("S-100")
async def test_a_history_that_does_not_fit_is_noticed() -> None:
    """The replay above can fail: with a payment where it should write, a history fails."""
    [path] = [path for path in HISTORIES if path.stem == "return_refunded.1"][:1]
    history = json.loads(path.read_text())
    for event in history["events"]:
        scheduled = event.get("activityTaskScheduledEventAttributes")
        if scheduled and scheduled["activityType"]["name"] == "pay_leg":
            scheduled["activityType"]["name"] = "commit"
            break
    replayer = Replayer(
        workflows=[OrderJourney], workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )
    fake = WorkflowHistory.from_json(workflow_id_in(history), json.dumps(history))
    result = await replayer.replay_workflow(fake, raise_on_replay_failure=False)
    assert result.replay_failure is not None


def test_open_closed_continued_and_refused_lifecycles_are_all_recorded() -> None:
    events_of = {path.stem: kinds(path) for path in HISTORIES}
    over = {"WORKFLOW_EXECUTION_COMPLETED", "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"}
    assert len([name for name, events in events_of.items() if not over & set(events)]) >= 4
    assert any(events["WORKFLOW_EXECUTION_CONTINUED_AS_NEW"] for events in events_of.values())
    assert any(events["WORKFLOW_EXECUTION_COMPLETED"] for events in events_of.values())
    assert any(events["TIMER_STARTED"] for events in events_of.values())
    assert any(b'"verdict":"refused"' in text for path in HISTORIES for text in payloads(path))


def payloads(path: Path) -> Iterator[bytes]:
    """All our payloads in a history."""
    stack: list[Any] = [json.loads(path.read_text())]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            if isinstance(one.get("data"), str):
                yield base64.b64decode(one["data"])
            stack += one.values()
        elif isinstance(one, list):
            stack += one


@pytest.mark.parametrize("path", HISTORIES, ids=named)
def test_no_history_holds_personal_data(path: Path) -> None:
    """Names and addresses are sealed: no e-mail, and of the customer nothing but pseudonym, key and ciphertext."""
    everything = path.read_bytes() + b"".join(payloads(path))
    assert b"@example" not in everything
    for payload in payloads(path):
        assert b"@" not in payload
        for customer in customers_in(json.loads(payload)):
            assert set(customer) - {"locale", "phone"} == {"customer", "name", "email"}
            assert customer.get("phone") is None
            assert set(customer["name"]) == set(customer["email"]) == {"key", "ciphertext"}


def customers_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("customer"), dict):
            yield value["customer"]
        for part in value.values():
            yield from customers_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from customers_in(part)


async def replay_all() -> int:
    failed = 0
    for path in HISTORIES:
        failure = (await replayed(path)).replay_failure
        if failure is not None:
            failed += 1
            print(named(path), failure)  # noqa: T201 - the parent test reads it
    print(f"{len(HISTORIES)} replayed, {failed} failed")  # noqa: T201
    return failed


if __name__ == "__main__":
    code = asyncio.run(replay_all())
    sys.stdout.flush()
    os._exit(min(code, 1))
