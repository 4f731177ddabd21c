"""Independent signatures: fixed secrets and bodies that openssl signed (the last is Standard Webhooks' published vector)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from multidict import CIMultiDict

from adapters.carriers.aftership import AfterShip
from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from ports.carriers import CarrierSource
from ports.inbound_webhooks import InvalidSignature

SOURCES: dict[str, CarrierSource] = {one.name: one for one in (EasyPost(), AfterShip(), Generic())}
VECTORS = json.loads((Path(__file__).parent / "payloads" / "signatures.json").read_text())


def verify(vector: dict[str, Any], body: bytes, **changed: str) -> str:
    headers = CIMultiDict({**vector["headers"], **changed})
    now = datetime.fromtimestamp(vector.get("now", 1795010700), UTC)
    source = SOURCES[vector["source"]]
    return source.verify(headers, body, [vector["secret"]], now)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["source"])
def test_a_published_vector_is_accepted_and_names_its_delivery(vector: dict[str, Any]) -> None:  # TRK-4
    assert verify(vector, vector["body"].encode()) == vector["delivery"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["source"])
@pytest.mark.scenario("S-17")
def test_no_vector_survives_one_changed_byte_anywhere(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()
    for at in range(len(body)):
        with pytest.raises(InvalidSignature):
            verify(vector, body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])
    [name] = [name for name in vector["headers"] if "signature" in name.lower() or "hmac" in name]
    value = vector["headers"][name]
    for at in range(len(value)):
        with pytest.raises(InvalidSignature):
            verify(vector, body, **{name: value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]})
