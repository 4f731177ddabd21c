"""EasyPost: every body is read or raises InvalidPayload, never another exception; what is read is as validation makes it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.carriers.easypost import EasyPost
from domain.model.tracking_update import TrackingUpdate
from ports.inbound_webhooks import InvalidPayload

SOURCE = EasyPost()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVENT = (Path(__file__).parent / "payloads" / "easypost" / "webhook_tracker_updated.json").read_bytes()

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def survives(body: bytes) -> None:
    try:
        message = SOURCE.read(body, NOW)
    except InvalidPayload:
        return
    for update in [parcel.update for parcel in message.parcels]:
        validated = TrackingUpdate.model_validate(update.model_dump())
        assert (update, update.model_dump_json()) == (validated, validated.model_dump_json())


def replaced(node: Any, path: list[int], value: Any) -> Any:
    """The tree with the node at the end of a path of child numbers replaced."""
    if not path or not isinstance(node, dict | list) or not node:
        return value
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
    key = keys[path[0] % len(keys)]
    copy = node.copy()
    copy[key] = replaced(node[key], path[1:], value)
    return copy


@settings(max_examples=300)
@given(JSON)
def test_arbitrary_json_is_read_or_unreadable(value: Any) -> None:
    survives(json.dumps(value).encode())
    survives(json.dumps({"description": "tracker.updated", "result": value}).encode())


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=6), JSON | st.datetimes().map(lambda at: at.isoformat())
)
def test_a_real_event_with_any_part_replaced_is_read_or_unreadable(path: list[int], value: Any) -> None:
    survives(json.dumps(replaced(json.loads(EVENT), path, value)).encode())


@settings(max_examples=500)
@given(st.integers(0, len(EVENT) - 1), st.binary(min_size=1, max_size=3))
def test_a_real_event_with_any_bytes_replaced_is_read_or_unreadable(at: int, piece: bytes) -> None:
    survives(EVENT[:at] + piece + EVENT[at + len(piece) :])
