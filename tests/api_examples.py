"""Examples of the OpenAPI document, recorded from real runs: `python -m tests.api_examples tests/scenarios/test_orders.py …`.

Runs these tests, and keeps of each operation one accepted request with its answer. Operations that were not called keep the
example they had. Secrets are masked, long lists cut.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest

from api.app import ENDPOINTS
from api.description import EXAMPLES
from api.http.endpoint import JSON, Endpoint
from tests.event_examples import event_examples

_SECRET = {
    "client_secret",
    "secret",
    "secrets",
    "token",
    "quote_token",
    "code_text",
    "key",
    "password",
    "uri",
    "codes",
}
_GOOD_SIZE = 2500  # characters: larger answers say no more, smaller ones show less
_PATTERNS = [(it, re.compile(re.sub(r"\{\w+\}", "[^/]+", it.path))) for it in ENDPOINTS]


class Recorder:
    """Sees each request that the tests send with aiohttp, and keeps the best example of each operation."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[int, dict[str, Any]]] = {}
        self._request = aiohttp.ClientSession._request

    def pytest_sessionstart(self) -> None:
        recorder, original = self, self._request

        async def recorded(session: Any, method: str, url: Any, **options: Any) -> Any:
            answer = await original(session, method, url, **options)
            if answer.status < 300 and answer.url.path.startswith(("/v1/", "/healthz", "/readyz")):
                recorder.keep(method.upper(), answer.url.raw_path, options.get("json"), await answer.read())
            return answer

        aiohttp.ClientSession._request = recorded  # type: ignore[method-assign]

    def pytest_sessionfinish(self) -> None:
        aiohttp.ClientSession._request = self._request  # type: ignore[method-assign]

    def keep(self, method: str, path: str, sent: Any, body: bytes) -> None:
        it = _operation(method, path)
        if it is None:
            return
        example: dict[str, Any] = {}
        if it.schemas.body is not None and sent is not None:
            example["request"] = masked(sent)
        if it.produces == JSON and it.schemas.response is not None and body[:1] in (b"{", b"["):
            example["response"] = masked(json.loads(body))
        score = _score(example)
        if example and score > self.found.get(it.name, (-(10**9), {}))[0]:
            self.found[it.name] = (score, example)


def _operation(method: str, path: str) -> Endpoint | None:
    fitting = [it for it, pattern in _PATTERNS if it.method == method and pattern.fullmatch(path)]
    return min(fitting, key=lambda it: len(it.path_names), default=None)


def _score(example: Mapping[str, Any]) -> int:
    """The more the better up to a good size; a list should have items, and a request a body."""
    answer = example.get("response")
    empty = isinstance(answer, dict) and answer.get("items") == []
    size = len(json.dumps(example))
    return (2000 if "request" in example else 0) - (5000 if empty else 0) - abs(_GOOD_SIZE - size)


def masked(value: Any, name: str = "") -> Any:
    """The value without secrets, and with at most two items of each list."""
    if isinstance(value, dict):
        hidden = name in ("keys", "webhook_secrets")
        return {key: masked(inner, "secret" if hidden else key) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, name) for inner in value[:2]]
    if isinstance(value, str) and (name in _SECRET or len(value) > 300):
        return value[:6] + "..."
    return unquote(value) if name == "path" and isinstance(value, str) else value


def write(found: Mapping[str, dict[str, Any]]) -> None:
    """Write the file of each operation that was found, and remove those of operations that are no more."""
    names = {it.name for it in ENDPOINTS}
    for file in (EXAMPLES / "operations").iterdir():
        if file.stem not in names:
            file.unlink()
    for name, example in found.items():
        _write(EXAMPLES / "operations" / f"{name}.json", example)
    _write(EXAMPLES / "events.json", event_examples())


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    recorder = Recorder()
    pytest.main([*sys.argv[1:], "-q", "-k", "not postgresql", "-p", "no:cacheprovider"], plugins=[recorder])
    write({name: example for name, (_, example) in recorder.found.items()})
    missing = sorted({it.name for it in ENDPOINTS} - set(recorder.found))
    sys.stdout.write(f"{len(recorder.found)} recorded; not called: {', '.join(missing)}\n")
